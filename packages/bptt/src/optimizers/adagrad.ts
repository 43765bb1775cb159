import { LARGEST_SQUARED, type UpdateRule } from './rule.ts'

/** Just below the largest float32. */
const MOST = 3.4e38

/** v ← v + g², p ← p - lr g / (√v + ε) */
export const adagrad: UpdateRule<{ epsilon: number }, 'v', 'learningRate'> = {
  scalars: (_, learningRate) => ({ learningRate }),
  largest: () => LARGEST_SQUARED,
  update(ops, { epsilon }, { parameter, gradient, moments, scalars }) {
    const v = ops.clamp(ops.add(moments.v, ops.square(gradient)), MOST) // a sum that only grows would end at Inf
    const direction = ops.div(gradient, ops.add(ops.sqrt(v), ops.constant(epsilon)))
    return { parameter: ops.sub(parameter, ops.mul(direction, scalars.learningRate)), moments: { v } }
  },
}
