import type { Batch, Program } from '@unroll/bptt'
import { random } from '@unroll/random'
import { modelOf } from './networks.ts'

/** Small and with all sizes different. */
export const SIZES = { N: 3, X: 4, H: 6, K: 5, T: 7 }

const CONSTANT = { weight_decay: 0, schedule: { type: 'constant', warmup_steps: 0 } } as const

export const OPTIMIZERS: readonly Program['optimizer'][] = [
  { type: 'sgd', learning_rate: 0.1, ...CONSTANT },
  { type: 'momentum', learning_rate: 0.1, momentum: 0.9, ...CONSTANT },
  { type: 'nesterov', learning_rate: 0.1, momentum: 0.9, ...CONSTANT },
  { type: 'rmsprop', learning_rate: 0.01, alpha: 0.99, epsilon: 1e-8, ...CONSTANT },
  { type: 'adam', learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...CONSTANT },
  { type: 'adamw', learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...CONSTANT, weight_decay: 0.1 },
  { type: 'adagrad', learning_rate: 0.05, epsilon: 1e-10, ...CONSTANT },
  { type: 'momentum', learning_rate: 0.1, momentum: 0.9, ...CONSTANT, weight_decay: 0.1 },
]

/** Losses of numbers but the squared error, which is the default. */
export const LOSSES: readonly NonNullable<Program['readout']['loss']>[] = [
  { kind: 'mae' },
  { kind: 'huber', delta: 0.7 },
  { kind: 'quantile', quantiles: [0.2, 0.9] },
]

/** Thresholds low enough to bite on a small network's first steps. */
export const POLICIES: readonly Program['clipping'][] = [
  { policy: 'none', nonfinite: 'fail' },
  { policy: 'value', threshold: 0.02, nonfinite: 'fail' },
  { policy: 'norm', threshold: 0.1, nonfinite: 'fail' },
  { policy: 'parameter_norm', threshold: 0.05, nonfinite: 'fail' },
  { policy: 'timestep', threshold: 0.01, by: 'norm', nonfinite: 'fail' },
  { policy: 'timestep', threshold: 0.003, by: 'value', nonfinite: 'fail' },
  { policy: 'adaptive', threshold: 0.02, epsilon: 1e-3, nonfinite: 'fail' },
  { policy: 'percentile', percentile: 30, window: 10, nonfinite: 'fail' },
  { policy: 'zscore', z: 0.1, alpha: 0.9, warmup_steps: 2, nonfinite: 'fail' },
]

/** A two-layer LSTM over symbols, trained with SGD, but for what is given. */
export function program(changes: Partial<Program> = {}): Program {
  return {
    model: modelOf('lstm', { H: SIZES.H, layers: 2 }),
    inputs: { kind: 'symbols', size: SIZES.X },
    readout: { kind: 'softmax', size: SIZES.K },
    mode: 'many_to_many',
    batchSize: SIZES.N,
    clipping: POLICIES[0]!,
    optimizer: OPTIMIZERS[0]!,
    seed: 5,
    ...changes,
  }
}

/** What was drawn before, by all that decides it: a test goes through the same batches on each engine, and drawing takes as long as a step. */
const drawn = new Map<string, Batch>()

/** A batch that fits a program; the index-th of its stream. */
export function batchOf({ inputs, readout, mode, batchSize }: Program, index = 0, T: number = SIZES.T): Batch {
  const key = JSON.stringify([inputs, readout.kind, readout.size, mode, batchSize, index, T])
  const batch = drawn.get(key) ?? drawBatch({ inputs, readout, mode, batchSize }, index, T)
  drawn.set(key, batch)
  return { ...batch, inputs: batch.inputs.slice(), targets: batch.targets.slice() }
}

function drawBatch(
  { inputs, readout, mode, batchSize: N }: Pick<Program, 'inputs' | 'readout' | 'mode' | 'batchSize'>,
  index: number,
  T: number,
): Batch {
  const draw = random(3, 'batch', index)
  const rows = (mode === 'many_to_one' ? 1 : T) * N
  const normal = (count: number): Float32Array => Float32Array.from({ length: count }, () => draw.normal())
  const ids = (count: number, size: number): Int32Array => Int32Array.from({ length: count }, () => draw.integer(size))
  return {
    steps: T,
    inputs: inputs.kind === 'symbols' ? ids(T * N, inputs.size) : normal(T * N * inputs.size),
    targets:
      readout.kind === 'softmax'
        ? ids(rows, readout.size)
        : normal(rows * readout.size).map((value) => (readout.kind === 'sigmoid' ? Number(value > 0) : value)),
  }
}
