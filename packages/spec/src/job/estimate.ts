import { Type, type Static } from 'typebox'
import type { JobSpec } from './job_spec.ts'
import type { CellName, Model } from './model.ts'
import type { OptimizerType } from './optimizer.ts'
import type { Problem } from './problem.ts'
import { windowOf } from './window.ts'

/** What a job will cost, from its specification alone. */
export const Estimate = Type.Object(
  {
    parameters: Type.Integer({ description: 'Trainable numbers.' }),
    memory_bytes: Type.Integer({
      description: 'Weights, gradients, moments and what the backward pass keeps, in float32.',
    }),
    flops_per_step: Type.Integer({ description: 'Floating-point operations of the matrix products of one update.' }),
  },
  { additionalProperties: false },
)
export type Estimate = Static<typeof Estimate>

interface CellSize {
  /** Gates and candidates: blocks of H columns in Wx, b and, but for the exceptions below, Wh. */
  gates: number
  /** Trainable numbers of the recurrence itself, for H units. */
  recurrent: (H: number, model: Model) => number
  /** Numbers of H units kept for each step for the backward pass, gates not counted. */
  saved: number
  /** Vectors of H numbers that a learned initial state has. */
  learnable: number
}

const peepholes = (H: number, model: Model) =>
  3 * (model.cell === 'lstm_peephole' && model.peephole === 'full' ? H * H : H)

const CELL_SIZES: Record<CellName, CellSize> = {
  rnn: { gates: 1, recurrent: (H) => H * H, saved: 1, learnable: 1 },
  gru_simple: { gates: 2, recurrent: (H) => 2 * H * H, saved: 1, learnable: 1 },
  gru: { gates: 3, recurrent: (H) => 3 * H * H, saved: 2, learnable: 1 },
  lstm: { gates: 4, recurrent: (H) => 4 * H * H, saved: 3, learnable: 2 },
  lstm_peephole: { gates: 4, recurrent: (H, model) => 4 * H * H + peepholes(H, model), saved: 3, learnable: 2 },
  indrnn: { gates: 1, recurrent: (H) => H, saved: 1, learnable: 1 },
  min_gru: { gates: 2, recurrent: () => 0, saved: 1, learnable: 1 },
  slstm: { gates: 4, recurrent: (H) => 4 * H * H, saved: 5, learnable: 1 },
}

const MOMENTS: Record<OptimizerType, number> = {
  sgd: 0,
  momentum: 1,
  nesterov: 1,
  rmsprop: 1,
  adam: 2,
  adamw: 2,
  adagrad: 1,
}

const BYTES = 4 // float32

/** Parameters, memory and work of one update of a job on a problem. */
export function estimate(spec: JobSpec, problem: Problem): Estimate {
  const { model, optimizer, training } = spec
  const { gates, recurrent, saved, learnable } = CELL_SIZES[model.cell]
  const H = model.hidden_size
  const N = training.batch_size
  const T = windowOf(spec)
  const X = model.embedding_size ?? problem.inputs.size
  const V = problem.readout.size
  const outputs = problem.mode === 'many_to_many' ? T : 1

  const embedding = model.embedding_size === null ? 0 : problem.inputs.size * model.embedding_size
  const inputWeights = gates * H * (X + (model.layers - 1) * H)
  const recurrentWeights = model.layers * recurrent(H, model)
  const readout = V * (H + 1)
  const vectors = model.layers * H * (gates + (model.initial_state === 'learned' ? learnable : 0))
  const parameters = embedding + inputWeights + recurrentWeights + vectors + readout

  // Forward keeps pre-activations, gates and states; backward makes a gradient for each of them.
  const perStep = model.layers * H * 2 * (2 * gates + saved) + X
  const memory = BYTES * (parameters * (2 + MOMENTS[optimizer.type]) + N * (T * perStep + outputs * 3 * V))
  // A product of [a,b] and [b,c] is 2abc operations, and backward does two for each of forward's.
  const flops = 6 * N * (T * (inputWeights + recurrentWeights) + outputs * H * V)
  return { parameters, memory_bytes: memory, flops_per_step: flops }
}
