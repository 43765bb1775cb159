import { largestTimes, type UpdateRule } from './rule.ts'

/** p ← p - lr g */
export const sgd: UpdateRule<unknown, never, 'learningRate'> = {
  scalars: (_, learningRate) => ({ learningRate }),
  largest: ({ learning_rate }) => largestTimes(learning_rate),
  update: (ops, _, { parameter, gradient, scalars }) => ({
    parameter: ops.sub(parameter, ops.mul(gradient, scalars.learningRate)),
    moments: {},
  }),
}
