// A tensor for each of T steps, oldest first: apart, as an interpreter makes them that runs one step after another, or as
// the rows of one tensor, as a scan makes them that is one operation.

import type { Ops, Series } from './ops.ts'

/** The tensor of each of `T` steps. */
export function splitSteps<X>(ops: Ops<X>, series: Series<X>, T: number): readonly X[] {
  if ('steps' in series) return series.steps
  return splitEqually(ops, series.rows, T, 0)
}

/** A matrix cut into equal parts along an axis. */
export function splitEqually<X>(ops: Ops<X>, x: X, parts: number, axis: 0 | 1): readonly X[] {
  const size = ops.size(x, axis) / parts
  const sizes = Array.from({ length: parts }, () => size)
  return ops.split(x, sizes, axis)
}

/** All steps as the rows of one tensor. */
export function joinRows<X>(ops: Ops<X>, series: Series<X>): X {
  return 'rows' in series ? series.rows : ops.concat(series.steps, 0)
}

/** Steps [start, end), 0-based, of a series of `T`. */
export function between<X>(
  ops: Ops<X>,
  series: Series<X>,
  T: number,
  { start = 0, end = T }: { start?: number; end?: number },
): Series<X> {
  if ('steps' in series) return { steps: series.steps.slice(start, end) }
  return { rows: leading(ops, series.rows, T, { start, end }) }
}

/** The tensor of step t, 1-based, of a series of `T`. */
export function stepAt<X>(ops: Ops<X>, series: Series<X>, T: number, t: number): X {
  return joinRows(ops, between(ops, series, T, { start: t - 1, end: t }))
}

/** Each step's rows cut into equal parts: as many series. */
export function cutRows<X>(ops: Ops<X>, series: Series<X>, T: number, parts: number): readonly Series<X>[] {
  const rows = joinRows(ops, series)
  const [all = 0, ...inner] = ops.shape(rows)
  const N = all / T
  const cut = ops.split(
    ops.reshape(rows, [T, N, ...inner]),
    Array.from({ length: parts }, () => N / parts),
    1,
  )
  return cut.map((part) => ({ rows: ops.reshape(part, [all / parts, ...inner]) }))
}

/** Steps [start, end) of a tensor whose leading axis is `T` steps, or as many times the rows of one. */
export function leading<X>(ops: Ops<X>, x: X, T: number, { start, end }: { start: number; end: number }): X {
  if (start === 0 && end === T) return x
  const N = ops.size(x, 0) / T
  const [, part] = ops.split(x, [start * N, (end - start) * N, (T - end) * N], 0)
  return part
}
