import type { Ops, Parts } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'
import { around, matrixShape, axisSize } from '../shape.ts'

type Movement = 'shape' | 'size' | 'constant' | 'zeros' | 'reshape' | 'concat' | 'split' | 'gather' | 'scatterAdd'

export function movement<X>(memory: Memory<X>): Pick<Ops<X>, Movement> {
  const filled = (shape: readonly number[], value: number): X => {
    const x = memory.create(shape)
    memory.values(x).fill(value)
    return x
  }
  return {
    shape: (x) => memory.shape(x),
    size: (x, axis) => axisSize(memory.shape(x), axis),
    constant: (value) => filled([], value),
    zeros: (shape) => filled(shape, 0),
    reshape: (x, shape) => memory.alias(x, shape),
    concat: (xs, axis) => concat(memory, xs, axis),
    split: (x, sizes, axis) => split(memory, x, sizes, axis),
    gather: (table, ids) => gather(memory, table, ids),
    scatterAdd: (ids, rows, V) => scatterAdd(memory, ids, rows, V),
  }
}

function concat<X>(memory: Memory<X>, xs: readonly X[], axis: number): X {
  const shapes = xs.map((x) => memory.shape(x))
  const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0)
  const joined = memory.create(shapes[0]!.with(axis, total))
  const to = memory.values(joined)
  let first = 0
  for (const [index, x] of xs.entries()) {
    const [outer, size, inner] = around(shapes[index]!, axis)
    const from = memory.values(x)
    const run = size * inner
    for (let o = 0; o < outer; o++) copyRun(from, to, { start: o * run, count: run, at: (o * total + first) * inner })
    first += size
  }
  return joined
}

function split<X, const Sizes extends readonly number[]>(
  memory: Memory<X>,
  x: X,
  sizes: Sizes,
  axis: number,
): Parts<X, Sizes> {
  const shape = memory.shape(x)
  const [outer, total, inner] = around(shape, axis)
  let first = 0
  const parts = sizes.map((size) => {
    const part = memory.create(shape.with(axis, size))
    const from = memory.values(x)
    const to = memory.values(part)
    const run = size * inner
    for (let o = 0; o < outer; o++) copyRun(from, to, { start: (o * total + first) * inner, count: run, at: o * run })
    first += size
    return part
  })
  return parts as Parts<X, Sizes>
}

/** Below this, a view of an array costs more than what it copies. */
const SHORT_RUN = 64

interface Run {
  readonly start: number
  readonly count: number
  /** Where it goes. */
  readonly at: number
}

function copyRun(from: Values, to: Values, { start, count, at }: Run): void {
  if (count >= SHORT_RUN) to.set(from.subarray(start, start + count), at)
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!
}

function gather<X>(memory: Memory<X>, table: X, ids: X): X {
  const [, C] = matrixShape(memory.shape(table))
  const [R] = memory.shape(ids)
  const rows = memory.create([R!, C])
  const [from, chosen, to] = [memory.values(table), memory.values(ids), memory.values(rows)]
  for (let r = 0; r < R!; r++) to.set(from.subarray(chosen[r]! * C, (chosen[r]! + 1) * C), r * C)
  return rows
}

function scatterAdd<X>(memory: Memory<X>, ids: X, rows: X, V: number): X {
  const [R, C] = matrixShape(memory.shape(rows))
  const table = memory.create([V, C])
  const [chosen, from, to] = [memory.values(ids), memory.values(rows), memory.values(table)]
  to.fill(0)
  for (let r = 0; r < R; r++) {
    const first = chosen[r]! * C
    for (let c = 0; c < C; c++) to[first + c]! += from[r * C + c]!
  }
  return table
}
