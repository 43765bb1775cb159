import { CELLS, countStates, gateCount, hasMemoryCell, listZoneout } from '../sections/cells.ts'
import { countUnits, getProjectionSize, listLayerNames } from '../sections/layers.ts'
import type { JobSpec } from '../job_spec.ts'
import type { Problem } from '../problem.ts'
import { countGpus, countRows } from './shards.ts'

export const BYTES = 4 // float32

/** Bytes of `steps` stored steps for the backward pass, on each device. */
export function keptBytes(spec: JobSpec, problem: Problem, steps: number): number {
  const { model } = spec
  const { recurrent_dropout: masked = 0, layer_norm } = model
  const normalised = layer_norm === true ? gateCount(model.cell) + (hasMemoryCell(model.cell) ? 1 : 0) : 0
  const zones = Object.keys(listZoneout(model)).length // a mask each
  const saved = CELLS[model.cell].saved + normalised + zones + (masked > 0 ? 1 : 0) // masked: h_{t-1} as the recurrent weights see it
  const projected = getProjectionSize(model) === undefined ? 0 : 1 // what is projected
  const N = countDeviceRows(spec)
  const X = model.embedding_size ?? problem.inputs.size
  const outputs = problem.mode === 'many_to_many' ? steps : 1
  // The forward pass stores pre-activations, gates and states; the backward pass a gradient for each of them.
  const perStep = countUnits(model) * 2 * (2 * gateCount(model.cell) + saved + projected) + X
  return BYTES * N * (steps * perStep + outputs * 3 * problem.readout.size)
}

/** Bytes of the states stored every `segment` steps of a window of T, on each device. */
export function checkpointBytes(spec: JobSpec, T: number, segment: number): number {
  const states = Math.max(2, CELLS[spec.model.cell].learnable.length)
  return BYTES * Math.ceil(T / segment) * states * countDeviceRows(spec) * countUnits(spec.model)
}

/** Bytes of the itemised matrix of a window of T steps, which is whole in memory; 0 where none is observed. */
export function matrixBytes(spec: JobSpec, problem: Problem, T: number): number {
  const { matrix_every: every = 0 } = spec.observe as Partial<JobSpec['observe']> // absent from older records
  if (every === 0) return 0
  // All sources go through one part of the steps at a time, together as many rows as the window has.
  return (
    keptBytes(spec, problem, T) +
    BYTES * countDeviceRows(spec) * T * countUnits(spec.model) * (gateCount(spec.model.cell) + 1)
  )
}

/** Bytes of the Lyapunov exponents of a window of T steps, which is whole in memory; 0 where none are observed. */
export function spectrumBytes(spec: JobSpec, problem: Problem, T: number): number {
  const { lyapunov_every: every = 0, lyapunov_exponents: k } = spec.observe as Partial<JobSpec['observe']>
  if (every === 0 || k === undefined) return 0
  const lengths = T * k * listLayerNames(spec.model).length
  return keptBytes(spec, problem, T) + BYTES * countDeviceRows(spec) * (lengths + 2 * k * countUnits(spec.model))
}

/** Bytes of flossing a window of T steps, which is whole in memory; 0 without it. */
export function flossingBytes(spec: JobSpec, problem: Problem, T: number): number {
  const flossing = spec.regularise?.flossing
  if (!flossing) return 0
  // Each direction is kept at each step, with both factors of the gradients of the weights that it goes through.
  const directions = flossing.exponents * countUnits(spec.model) * (2 + gateCount(spec.model.cell))
  return 2 * keptBytes(spec, problem, T) + BYTES * countDeviceRows(spec) * T * directions
}

/** Bytes of a choice of k2, which goes through whole sequences and reads all that they go through; 0 where none is made. */
export function choiceBytes(spec: JobSpec, problem: Problem): number {
  if (spec.bptt.mode !== 'adaptive') return 0
  const { model, sequence_length: T, training } = spec
  const read = 2 * (gateCount(model.cell) * countUnits(model) + countStates(model)) // with the gradient of each
  return keptBytes(spec, problem, T) + BYTES * training.batch_size * T * read
}

/** Rows that one device computes at a time. */
function countDeviceRows(spec: JobSpec): number {
  return countRows(spec) / countGpus(spec)
}
