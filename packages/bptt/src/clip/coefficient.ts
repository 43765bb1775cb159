import { totalNorm, tensorNorms } from '../norms.ts'
import type { Ops } from '../ops.ts'
import { mapTensors, type Tensors } from '../tensors.ts'
import type { ClipInput, Clipped } from './policy.ts'

/** Added to every norm that is divided by, as `torch.nn.utils.clip_grad_norm_` does. */
const EPSILON = 1e-6

/** min(1, threshold / (norm + 1e-6)), element by element; NaN for a norm that is NaN, 0 for an infinite one. */
export function shrinking<X>(ops: Ops<X>, norm: X, threshold: X): X {
  return ops.scope(() => {
    const ratio = ops.div(threshold, ops.add(norm, ops.constant(EPSILON)))
    return atMostOne(ops, ratio)
  })
}

/** min(1, x) that keeps NaN. */
export function atMostOne<X>(ops: Ops<X>, x: X): X {
  return ops.select(ops.less(ops.constant(1), x), ops.add(ops.scale(x, 0), ops.constant(1)), x)
}

/** All gradients times one coefficient. */
export function scaledBy<X>(ops: Ops<X>, coefficient: X, input: ClipInput<X>, state: Tensors<X>): Clipped<X> {
  return {
    gradients: mapTensors(input.gradients, (g) => ops.mul(g, coefficient)),
    norm: ops.mul(input.norm, coefficient),
    coefficient,
    fraction: countClipped(ops, coefficient),
    state,
  }
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
