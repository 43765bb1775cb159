import type { UpdateRule } from './rule.ts'

/** v ← v + g², p ← p - lr g / (√v + ε) */
export const adagrad: UpdateRule<{ epsilon: number }, 'v', 'learningRate'> = {
  moments: ['v'],
  scalars: (_, learningRate) => ({ learningRate }),
  update(ops, { epsilon }, { parameter, gradient, moments, scalars }) {
    const v = ops.add(moments.v, ops.square(gradient))
    const direction = ops.div(gradient, ops.add(ops.sqrt(v), ops.constant(epsilon)))
    return { parameter: ops.sub(parameter, ops.mul(direction, scalars.learningRate)), moments: { v } }
  },
}
