import { largestTimes, type UpdateRule } from './rule.ts'

type Momentum = UpdateRule<{ momentum: number }, 'v', 'learningRate'>

const shared: Pick<Momentum, 'scalars' | 'largest'> = {
  scalars: (_, learningRate) => ({ learningRate }),
  largest: ({ momentum: kept, learning_rate }) => largestTimes(Math.max(1, learning_rate) / (1 - kept)), // v is at most a geometric sum
}

/** v ← μ v + g, p ← p - lr v */
export const momentum: Momentum = {
  ...shared,
  update(ops, settings, { parameter, gradient, moments, scalars }) {
    const v = ops.add(ops.scale(moments.v, settings.momentum), gradient)
    return { parameter: ops.sub(parameter, ops.mul(v, scalars.learningRate)), moments: { v } }
  },
}

/** v ← μ v + g, p ← p - lr (g + μ v) */
export const nesterov: Momentum = {
  ...shared,
  update(ops, settings, { parameter, gradient, moments, scalars }) {
    const v = ops.add(ops.scale(moments.v, settings.momentum), gradient)
    const ahead = ops.add(gradient, ops.scale(v, settings.momentum))
    return { parameter: ops.sub(parameter, ops.mul(ahead, scalars.learningRate)), moments: { v } }
  },
}
