import type { Case } from '../char_model.ts'
import type { SizeName } from '../grid.ts'
import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface GpuPoint {
  readonly case: SizeName
  readonly cell: Case['cell']
  readonly variant: 'plain' | 'flow'
  /** Median of a step of the calmest round. */
  readonly ms: { readonly unroll: number; readonly torch?: number }
  /** Of the first step. */
  readonly loss: { readonly unroll: number; readonly torch?: number }
  /** How PyTorch computed it. */
  readonly way?: string
  /** PyTorch's time divided by ours: above 1 we are faster. */
  readonly ratio?: number
}

export interface GpuResult extends Result {
  readonly device: 'gpu' | 'cpu'
  /** Name, memory and driver of each; none where the CPU computed. */
  readonly gpus: readonly string[]
  /** Whether products may round their operands to TF32. */
  readonly tf32: boolean
  readonly steps: number
  readonly rounds: number
  readonly points: readonly GpuPoint[]
}

export function gpuTable({ points }: Pick<GpuResult, 'points'>): string {
  return table(
    ['size', 'cell', 'variant', 'unroll, ms', 'PyTorch, ms', 'way', 'ratio'],
    points.map(({ case: name, cell, variant, ms, way = '', ratio }) => [
      name,
      cell,
      variant,
      digits(ms.unroll),
      ms.torch === undefined ? '' : digits(ms.torch),
      way,
      ratio === undefined ? '' : digits(ratio),
    ]),
    3,
  )
}
