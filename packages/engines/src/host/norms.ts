// Norms scaled by the largest magnitude m: m √Σ(x/m)². Neither a sum that overflows nor one that underflows can occur,
// whatever the elements; Inf and NaN come out as such.

import type { Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'
import { elements, matrixShape } from '../shape.ts'

/** Some elements of an array: `count` of them, `stride` apart. */
interface Run {
  readonly first: number
  readonly count: number
  readonly stride: number
}

/** ‖x‖ = largest · ratio; [NaN, 1] when an element is NaN, else [Infinity, 1] when one is infinite, [0, 1] when all are 0. */
function scaledNorm(values: Values, { first, count, stride }: Run): readonly [largest: number, ratio: number] {
  const end = first + count * stride
  let largest = 0
  for (let i = first; i < end; i += stride) {
    const magnitude = Math.abs(values[i]!)
    if (Number.isNaN(magnitude)) return [NaN, 1]
    if (magnitude > largest) largest = magnitude
  }
  if (largest === 0 || largest === Infinity) return [largest, 1]
  let sum = 0
  for (let i = first; i < end; i += stride) {
    const ratio = values[i]! / largest
    sum += ratio * ratio
  }
  return [largest, Math.sqrt(sum)]
}

export function norms<X>(memory: Memory<X>): Pick<Ops<X>, 'norm' | 'rowNorms' | 'columnNorms' | 'log10Norm'> {
  const each = (x: X, shape: readonly number[], run: (index: number) => Run, log: boolean): X => {
    const result = memory.create(shape)
    const [from, to] = [memory.values(x), memory.values(result)]
    for (let i = 0; i < to.length; i++) {
      const [largest, ratio] = scaledNorm(from, run(i))
      to[i] = log ? Math.log10(largest) + Math.log10(ratio) : largest * ratio
    }
    return result
  }
  return {
    norm: (x) => each(x, [], () => ({ first: 0, count: elements(memory.shape(x)), stride: 1 }), false),
    rowNorms: (x) => {
      const [rows, columns] = matrixShape(memory.shape(x))
      return each(x, [rows, 1], (row) => ({ first: row * columns, count: columns, stride: 1 }), false)
    },
    columnNorms: (x) => {
      const [rows, columns] = matrixShape(memory.shape(x))
      return each(x, [1, columns], (column) => ({ first: column, count: rows, stride: columns }), false)
    },
    log10Norm: (x) => {
      const [leading, ...rest] = memory.shape(x)
      const count = elements(rest)
      return each(x, [leading!], (index) => ({ first: index * count, count, stride: 1 }), true)
    },
  }
}
