import { CELLS } from './cells.ts'
import type { JobSpec } from './job_spec.ts'
import type { Problem } from './problem.ts'

export const BYTES = 4 // float32

/** Bytes that the backward pass needs of `steps` steps that are kept. */
export function keptBytes({ model, training }: JobSpec, problem: Problem, steps: number): number {
  const { gates, saved } = CELLS[model.cell]
  const { batch_size: N } = training
  const X = model.embedding_size ?? problem.inputs.size
  const outputs = problem.mode === 'many_to_many' ? steps : 1
  // Forward keeps pre-activations, gates and states; backward makes a gradient for each of them.
  const perStep = model.layers * model.hidden_size * 2 * (2 * Object.keys(gates).length + saved) + X
  return BYTES * N * (steps * perStep + outputs * 3 * problem.readout.size)
}

/** Bytes of the states kept every `segment` steps of a window of T. */
export function checkpointBytes({ model, training }: JobSpec, T: number, segment: number): number {
  const { learnable } = CELLS[model.cell]
  return (
    BYTES *
    Math.ceil(T / segment) *
    model.layers *
    Math.max(2, learnable.length) *
    training.batch_size *
    model.hidden_size
  )
}
