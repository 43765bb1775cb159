import { largestTimes, type UpdateRule } from './rule.ts'

/** v ← μ v + g, p ← p - lr v */
export const momentum: UpdateRule<{ momentum: number }, 'v', 'learningRate'> = {
  scalars: (_, learningRate) => ({ learningRate }),
  largest: ({ momentum: kept, learning_rate }) => largestTimes(Math.max(1, learning_rate) / (1 - kept)), // v is at most a geometric sum
  update(ops, settings, { parameter, gradient, moments, scalars }) {
    const v = ops.add(ops.scale(moments.v, settings.momentum), gradient)
    return { parameter: ops.sub(parameter, ops.mul(v, scalars.learningRate)), moments: { v } }
  },
}
