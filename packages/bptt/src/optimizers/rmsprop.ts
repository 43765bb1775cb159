import { LARGEST_SQUARED, type UpdateRule } from './rule.ts'

/** v ← α v + (1-α) g², p ← p - lr g / (√v + ε) */
export const rmsprop: UpdateRule<{ alpha: number; epsilon: number }, 'v', 'learningRate'> = {
  scalars: (_, learningRate) => ({ learningRate }),
  largest: () => LARGEST_SQUARED,
  update(ops, { alpha, epsilon }, { parameter, gradient, moments, scalars }) {
    const v = ops.add(ops.scale(moments.v, alpha), ops.scale(ops.square(gradient), 1 - alpha))
    const direction = ops.div(gradient, ops.add(ops.sqrt(v), ops.constant(epsilon)))
    return { parameter: ops.sub(parameter, ops.mul(direction, scalars.learningRate)), moments: { v } }
  },
}
