// Runs that together have every part of a state.

import { decodeSafetensors, encodeSafetensors } from '@unroll/formats'
import type { RunState } from '@unroll/trainer'

export const JOB = {
  model: { cell: 'lstm', hidden_size: 5, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 12,
  training: { batch_size: 4, max_steps: 12, evaluate_every: 4, evaluation_batches: 2 },
  observe: { metrics_every: 1, flow_every: 3, probe_every: 6, saturation_every: 5 },
}
const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(12)

const TRAINING = { batch_size: 4, max_steps: 12 }
/** Sequences of 3 to 8 steps, of two classes. */
const CLASSES = Array.from({ length: 22 }, (_, n) => ({
  inputs: Array.from({ length: 3 + (n % 6) }, (__, t) => [Math.sin(n * t), n % 5 === 0 && t === 1 ? null : n % 2]),
  label: n % 3 === 0 ? 'rare' : 'often',
}))
const SERIES = [{ inputs: Array.from({ length: 90 }, (_, t) => [Math.sin(t / 3)]) }]

/** Series that leave every few steps out, at which there is nothing to read or to answer. */
const HOLES = Array.from({ length: 6 }, (_, n) => {
  const mask = Array.from({ length: 20 + n }, (__, t) => Number((t + n) % 4 > 0))
  const inputs = mask.map((taken, t) => [taken === 1 ? Math.sin((n + 1) * t) : 1e9])
  return { inputs, targets: inputs.map(([x], t) => [x! * t]), mask }
})

/** Series that begin from states of their own: 16 numbers, of an LSTM with layers of 5 and 3 units. */
const STARTED = Array.from({ length: 6 }, (_, n) => {
  const inputs = Array.from({ length: 20 + n }, (__, t) => [Math.sin((n + 1) * t)])
  return {
    inputs,
    targets: inputs.map(([x], t) => [x! * t]),
    start: Array.from({ length: 16 }, (__, i) => Math.cos(n + i)),
  }
})

/** Jobs of every part of a run's state. */
export const JOBS: readonly { what: string; body: object; text?: string; lines?: readonly object[] }[] = [
  { what: 'adam with a cosine schedule', body: { optimizer: { type: 'adam', schedule: { type: 'cosine' } } } },
  {
    what: 'dropout',
    body: { model: { ...JOB.model, dropout: 0.3, recurrent_dropout: 0.2 }, optimizer: { type: 'adamw' } },
  },
  {
    what: 'an average of the weights',
    body: { optimizer: { type: 'adam', weight_average: 0.9 } },
  },
  {
    what: 'micro-batches',
    body: { training: { ...JOB.training, gradient_accumulation: 2 }, bptt: { mode: 'truncated', k1: 4, k2: 6 } },
  },
  {
    what: 'layers of different sizes, the state carried',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], initial_state: 'learned' },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
    },
  },
  { what: 'residual connections', body: { model: { ...JOB.model, dropout: 0.3, residual: true } } },
  {
    what: 'zoneout, the state carried, in micro-batches',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], zoneout: { hidden: 0.2, cell: 0.5 } },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'a projection, the state carried',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 4], projection_size: 3, recurrent_dropout: 0.2 },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
    },
  },
  { what: 'layer normalisation', body: { model: { ...JOB.model, layer_norm: true } } },
  {
    what: 'both directions, in micro-batches',
    body: {
      model: { ...JOB.model, bidirectional: true, residual: true, dropout: 0.3, recurrent_dropout: 0.2 },
      optimizer: { type: 'adam', weight_average: 0.9 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'both directions of sequences of unequal lengths, masked',
    body: {
      model: { cell: 'gru', hidden_size: 5, bidirectional: true },
      data: { dataset: 'ds_0123456789abcdefghij', missing: 'mask', validation_fraction: 0.2 },
    },
    lines: CLASSES,
  },
  { what: 'clipping by z-score', body: { clipping: { policy: 'zscore', z: 0.5, warmup_steps: 4 } } },
  { what: 'clipping by percentile', body: { clipping: { policy: 'percentile', percentile: 50, window: 10 } } },
  {
    what: 'windows of one sequence, the state carried',
    body: { data: { task: 'copy', length: 2 }, bptt: { mode: 'truncated', k1: 4, k2: 8 } },
  },
  {
    what: 'randomised truncation of sequences, the state carried, in micro-batches',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], initial_state: 'learned' },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'randomised', k1: 4, truncation_probability: 0.4 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'randomised truncation of a text',
    body: {
      data: { dataset: 'ds_0123456789abcdefghij' },
      bptt: { mode: 'randomised', k1: 4 },
    },
    text: TEXT,
  },
  {
    what: 'adaptive truncation of one answer',
    body: { bptt: { mode: 'adaptive', k1: 2, adapt_every: 3, bias_bound: 0.3 } },
  },
  {
    what: 'adaptive truncation, the state carried, in micro-batches',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3], initial_state: 'learned' },
      data: { task: 'delayed_echo', lag: 3 },
      bptt: { mode: 'adaptive', k1: 2, adapt_every: 2, bias_bound: 0.2 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
  },
  {
    what: 'adaptive truncation of a text',
    body: {
      model: { cell: 'rnn', hidden_size: 5, dropout: 0.2, layers: 2 },
      data: { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0.2 },
      bptt: { mode: 'adaptive', k1: 3, k2_max: 8, adapt_every: 4, bias_bound: 0.6 },
    },
    text: TEXT,
  },
  {
    what: 'adaptive truncation of sequences that leave steps out',
    body: {
      data: { dataset: 'ds_0123456789abcdefghij', problem: 'regression', validation_fraction: 0.2 },
      bptt: { mode: 'adaptive', k1: 4, adapt_every: 2, bias_bound: 0.6 },
    },
    lines: HOLES,
  },
  {
    what: 'a curriculum, evaluated at other lengths',
    body: {
      data: { task: 'parity' },
      training: {
        ...JOB.training,
        curriculum: { start_length: 4, increment: 3, every_steps: 3 },
        evaluation_lengths: [5, 30],
      },
    },
  },
  {
    what: 'a curriculum that grows when a length is solved',
    body: {
      data: { task: 'parity' },
      training: {
        ...JOB.training,
        curriculum: { start_length: 4, increment: 3, every_steps: 2, when: { below: 0.7 } },
      },
    },
  },
  {
    what: 'a complex state',
    body: { model: { cell: 'lru', activation: 'tanh', hidden_size: 5, layers: 2, initial_state: 'learned' } },
  },
  {
    what: 'a text, the state carried',
    body: { data: { dataset: 'ds_0123456789abcdefghij' }, bptt: { mode: 'truncated', k1: 6, k2: 9 } },
    text: TEXT,
  },
  {
    what: 'sequences of unequal lengths, masked, of classes that weigh differently',
    body: {
      data: {
        dataset: 'ds_0123456789abcdefghij',
        missing: 'mask',
        class_weights: 'balanced',
        validation_fraction: 0.2,
      },
    },
    lines: CLASSES,
  },
  {
    what: 'sequences that leave steps out, the state carried, in micro-batches',
    body: {
      data: { dataset: 'ds_0123456789abcdefghij', problem: 'regression', validation_fraction: 0.2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
    lines: HOLES,
  },
  {
    what: 'states that sequences begin from, then carried, in micro-batches',
    body: {
      model: { cell: 'lstm', hidden_sizes: [5, 3] },
      data: { dataset: 'ds_0123456789abcdefghij', initial_state: 'start' },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
      training: { ...JOB.training, gradient_accumulation: 2 },
    },
    lines: STARTED,
  },
  {
    what: 'a forecast of a long series, the state carried',
    body: {
      data: { dataset: 'ds_0123456789abcdefghij', horizon: 2, season: 19, loss: 'huber' },
      bptt: { mode: 'truncated', k1: 5, k2: 8 },
      training: { batch_size: 2, max_steps: 12, evaluate_every: 4 },
    },
    lines: SERIES,
  },
  {
    what: 'flossing before the task and during it, the state carried, in micro-batches',
    body: {
      regularise: { flossing: { exponents: 2, before: 2, every: 3 } },
      training: { ...JOB.training, gradient_accumulation: 2 },
      data: { task: 'copy', length: 2 },
      bptt: { mode: 'truncated', k1: 4, k2: 8 },
    },
  },
  {
    what: 'early stopping',
    body: {
      training: { ...TRAINING, max_steps: 40, evaluate_every: 2, early_stopping: { patience: 4, min_delta: 9 } },
    },
  },
  {
    what: 'updates that are skipped',
    body: {
      model: { cell: 'rnn', activation: 'identity', hidden_size: 4, init: { spectral_radius: 8 } },
      sequence_length: 400,
      clipping: { policy: 'none', nonfinite: 'skip' },
    },
  },
]

/** A state as a file and a document hold it. */
export function throughBytes({ position, training }: RunState): RunState {
  const { tensors } = decodeSafetensors(encodeSafetensors(training.tensors))
  return structuredClone({ position, training: { ...training, tensors } }) as RunState
}
