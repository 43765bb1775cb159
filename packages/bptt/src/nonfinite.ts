// What a step does with Inf and NaN, by `select` alone: the host learns of it afterwards, from the report.

import type { NonfinitePolicy } from '@unroll/spec'
import type { Ops } from './ops.ts'
import { mapTensors, named, type Tensors } from './tensors.ts'

/** The same tensors with Inf and NaN replaced by 0. */
export function zeroNonfinite<X>(ops: Ops<X>, tensors: Tensors<X>): Tensors<X> {
  return mapTensors(tensors, (tensor) =>
    ops.scope(() => ops.select(ops.isFinite(tensor), tensor, ops.zeros(ops.shape(tensor)))),
  )
}

/** 1 if the step may be applied: loss and gradient norm are finite, or their non-finite elements were set to 0. */
export function mayUpdate<X>(ops: Ops<X>, policy: NonfinitePolicy, loss: X, gradNorm: X): X {
  return policy === 'zero' ? ops.constant(1) : ops.scope(() => ops.mul(ops.isFinite(loss), ops.isFinite(gradNorm)))
}

/** `next` if the step may be applied, else `current`. */
export function keepUnless<X>(ops: Ops<X>, may: X, next: Tensors<X>, current: Tensors<X>): Tensors<X> {
  return mapTensors(next, (tensor, name) => ops.select(may, tensor, named(current, name)))
}
