// What a step does with Inf and NaN, by `select` alone: the host learns of it afterwards, from the report.

import type { Ops } from './ops.ts'
import { mapTensors, named, type Tensors } from './tensors.ts'

/** The same tensors with Inf and NaN replaced by 0. */
export function zeroNonfinite<X>(ops: Ops<X>, tensors: Tensors<X>): Tensors<X> {
  return mapTensors(tensors, (tensor) =>
    ops.scope(() => ops.select(ops.isFinite(tensor), tensor, ops.zeros(ops.shape(tensor)))),
  )
}

/** The same tensor with elements of a larger magnitude, Inf and NaN among them, replaced by 0. */
export function zeroBeyond<X>(ops: Ops<X>, x: X, largest: number): X {
  return ops.select(ops.less(ops.abs(x), ops.constant(largest)), x, ops.sub(x, x))
}

/**
 * 1 if a step is finite: its loss, the norm of its gradient, and the result of clipping and optimizer.
 *
 * @param clippedNorm must be below `largest`
 * @param kept the new memory of the clipping policy
 */
export function isFiniteStep<X>(
  ops: Ops<X>,
  { loss, gradNorm, clippedNorm, kept }: { loss: X; gradNorm: X; clippedNorm: X; kept: X },
  largest: number,
): X {
  const all = [ops.isFinite(loss), ops.isFinite(gradNorm), ops.less(clippedNorm, ops.constant(largest)), kept]
  return ops.scope(() => all.reduce((product, one) => ops.mul(product, one)))
}

/** 1 if every element of small tensors is finite. */
export function areFinite<X>(ops: Ops<X>, tensors: Tensors<X>): X {
  return ops.scope(() => {
    const counts = Object.values(tensors).map((x) => {
      const elements = ops.shape(x).reduce((a, b) => a * b, 1)
      return ops.less(ops.constant(elements - 0.5), ops.sum(ops.isFinite(x)))
    })
    return counts.reduce((product, one) => ops.mul(product, one), ops.constant(1))
  })
}

/** `next` if the step may be applied, else `current`. */
export function keepUnless<X>(ops: Ops<X>, may: X, next: Tensors<X>, current: Tensors<X>): Tensors<X> {
  return mapTensors(next, (tensor, name) => ops.select(may, tensor, named(current, name)))
}

/** x, and 1 where it is 0: what a number may be divided by that is 0 there itself. */
export function orOne<X>(ops: Ops<X>, x: X): X {
  const zeros = ops.zeros(ops.shape(x))
  return ops.select(ops.less(zeros, x), x, ops.add(zeros, ops.constant(1)))
}
