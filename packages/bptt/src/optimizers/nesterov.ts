import type { UpdateRule } from './rule.ts'

/** v ← μ v + g, p ← p - lr (g + μ v) */
export const nesterov: UpdateRule<{ momentum: number }, 'v', 'learningRate'> = {
  moments: ['v'],
  scalars: (_, learningRate) => ({ learningRate }),
  update(ops, settings, { parameter, gradient, moments, scalars }) {
    const v = ops.add(ops.scale(moments.v, settings.momentum), gradient)
    const ahead = ops.add(gradient, ops.scale(v, settings.momentum))
    return { parameter: ops.sub(parameter, ops.mul(ahead, scalars.learningRate)), moments: { v } }
  },
}
