// How wide the vectors of the kernels are that this machine would load: speeds of two widths do not compare.

import { findLibrary, vectorLanes } from '@unroll/libtensorflow'

/** Numbers in a vector; null where libtensorflow has not been provided. */
export function lanesHere(): number | null {
  const file = findLibrary()
  return file === undefined ? null : vectorLanes(file)
}

const NAMES: Readonly<Record<number, string>> = { 4: '128-bit', 8: 'AVX2', 16: 'AVX-512' }

/** `AVX2`; undefined without kernels. */
export function vectorsOf(lanes: number | null = null): string | undefined {
  return lanes === null ? undefined : (NAMES[lanes] ?? `${lanes} lanes`)
}

/** As part of a file's name: `avx2`. */
export function vectorsInFiles(lanes: number | null): string {
  return (vectorsOf(lanes) ?? 'none').toLowerCase().replaceAll(/\W/g, '')
}
