import type { UpdateRule } from './rule.ts'

/** p ← p - lr g */
export const sgd: UpdateRule<unknown, never, 'learningRate'> = {
  moments: [],
  scalars: (_, learningRate) => ({ learningRate }),
  update: (ops, _, { parameter, gradient, scalars }) => ({
    parameter: ops.sub(parameter, ops.mul(gradient, scalars.learningRate)),
    moments: {},
  }),
}
