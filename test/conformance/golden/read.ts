import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostTensor } from '@unroll/bptt'

/** A number as the golden files write it: not-finite ones are strings. */
export type GoldenNumber = number | 'NaN' | 'Infinity' | '-Infinity'

export interface GoldenTensor {
  readonly shape: readonly number[]
  readonly data: readonly GoldenNumber[]
}

export type GoldenTensors = Readonly<Record<string, GoldenTensor>>

/** All files of one kind in a folder in the golden format, parsed; none when it has no such folder. */
export function goldenFiles<File>(root: string, folder: string): readonly File[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  const names = readdirSync(path).filter((name) => name.endsWith('.json'))
  return names.map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as File)
}

export function decode({ shape, data }: GoldenTensor): HostTensor {
  return { shape, data: Float64Array.from(data, Number) }
}

export function numbersOf(values: readonly GoldenNumber[]): Float64Array {
  return Float64Array.from(values, Number)
}

/** The same tensors, decoded and renamed. */
export function decodeAll(
  tensors: GoldenTensors,
  rename: (name: string) => string = (name) => name,
): Readonly<Record<string, HostTensor>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), decode(tensor)]))
}
