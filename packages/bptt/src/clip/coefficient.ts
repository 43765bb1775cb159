import { fused } from '../ops/fused.ts'
import { totalNorm, tensorNorms } from '../ops/norms.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import type { ClipInput, Clipped, Shrinking } from './policy.ts'

/** Added to every norm that is divided by, as `torch.nn.utils.clip_grad_norm_` does. */
const EPSILON = 1e-6

/** Below this, a quotient may be less than the smallest normal float32, which engines may take for 0. */
const TINY = 2 ** -100
/** 8 / the largest float32 is normal still. */
const SPLIT = 8

/** min(1, threshold / (norm + 1e-6)), element by element; NaN for a norm that is NaN, 0 for an infinite one. */
export function shrinking<X>(ops: Ops<X>, norm: X, threshold: X): Shrinking<X> {
  return ops.scope(() => {
    const divisor = ops.add(norm, ops.constant(EPSILON))
    return inFactors(ops, atMostOne(ops, ops.div(threshold, divisor)), divisor, threshold)
  })
}

/** A coefficient limit / norm as (8 / norm) (limit / 8) if it is tiny, otherwise as itself and 1. */
export function inFactors<X>(ops: Ops<X>, coefficient: X, norm: X, limit: X): Shrinking<X> {
  const isTiny = ops.less(coefficient, ops.constant(TINY))
  const like = (x: X): X => ops.add(ops.scale(coefficient, 0), x) // select wants one shape
  const first = ops.select(isTiny, ops.div(ops.constant(SPLIT), norm), coefficient)
  const second = ops.select(isTiny, like(ops.scale(limit, 1 / SPLIT)), like(ops.constant(1)))
  return { coefficient, factors: [first, second] }
}

/** A scalar coefficient that is 1 unless the condition holds. */
export function onlyWhere<X>(
  ops: Ops<X>,
  condition: X,
  { coefficient, factors: [first, second] }: Shrinking<X>,
): Shrinking<X> {
  const orOne = (x: X): X => ops.select(condition, x, ops.constant(1))
  return { coefficient: orOne(coefficient), factors: [orOne(first), orOne(second)] }
}

/** A tensor times the coefficient. */
export function shrink<X>(ops: Ops<X>, x: X, { factors: [first, second] }: Shrinking<X>): X {
  return ops.scope(() => ops.mul(ops.mul(x, first), second))
}

/** min(1, x) that keeps NaN. */
export function atMostOne<X>(ops: Ops<X>, x: X): X {
  return ops.select(ops.less(ops.constant(1), x), ops.add(ops.scale(x, 0), ops.constant(1)), x)
}

/** All gradients times one coefficient. */
export function scaledBy<X>(ops: Ops<X>, by: Shrinking<X>, input: ClipInput<X>, state: Tensors<X>): Clipped<X> {
  return {
    gradients: input.gradients,
    by,
    norm: shrink(ops, input.norm, by),
    coefficient: by.coefficient,
    fraction: countClipped(ops, by.coefficient),
    state,
  }
}

/** A tensor times a scalar coefficient, both products in one pass over its elements. */
export function scaled<X>(ops: Ops<X>, x: X, by: Shrinking<X>): X {
  return named(
    fused(ops, { x }, (inner, given) => ({ x: shrink(inner, named(given, 'x'), by) })),
    'x',
  )
}

/** 1 for each coefficient below 1, added up. */
export function countClipped<X>(ops: Ops<X>, coefficients: X): X {
  return ops.sum(ops.less(coefficients, ops.constant(1)))
}

/** Norm after, and coefficient as norm after / norm before: 1 when both are 0. */
export function outcome<X>(ops: Ops<X>, before: X, gradients: Tensors<X>): { norm: X; coefficient: X } {
  return ops.scope(() => {
    const norm = totalNorm(ops, tensorNorms(ops, gradients))
    const unclippedZero = ops.add(ops.scale(before, 0), ops.constant(1)) // NaN when before is NaN
    const coefficient = ops.select(ops.less(ops.constant(0), before), ops.div(norm, before), unclippedZero)
    return { norm, coefficient }
  })
}

/** The sum of scalars divided by a number. */
export function share<X>(ops: Ops<X>, counts: readonly X[], of: number): X {
  return ops.scope(() => {
    const all = ops.concat(
      counts.map((count) => ops.reshape(count, [1])),
      0,
    )
    return ops.scale(ops.sum(all), 1 / of)
  })
}
