// The training step that all peers are timed on: a char language model with embedding, clipped by global norm 1 and
// updated by Adam. Data and starting weights are functions of an index alone, so that everyone starts alike.
// Letters: T time steps, B batch, E embedding, H hidden, V symbols, L layers.

import type { Batch, HostTensor, Program, Window } from '@unroll/bptt'

export interface Sizes {
  readonly T: number
  readonly B: number
  readonly E: number
  readonly H: number
  readonly V: number
  readonly L: number
}

/** What all peers have: sizes and one of their cells. */
export interface Case extends Sizes {
  readonly cell: 'rnn' | 'gru' | 'lstm'
}

type ChoiceOf<Model> = Model extends unknown
  ? Pick<Model, Extract<keyof Model, 'cell' | 'activation' | 'peephole' | 'reset'>>
  : never

/** A cell and, where it has them, its activation, peepholes or reset. */
export type CellChoice = ChoiceOf<Program['model']>

/**
 * Where the peers' block of each of our gates lies. Their gru resets after the product, as ours with `reset: "after"`,
 * and has a second bias for every gate: the table's has our default, whose products are as large.
 */
const BLOCKS: Readonly<Record<Case['cell'], readonly number[]>> = { rnn: [0], gru: [1, 0, 2], lstm: [0, 1, 3, 2] }

export const OPTIMIZER: Program['optimizer'] = {
  type: 'adam',
  weight_decay: 0,
  learning_rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  schedule: { type: 'constant', warmup_steps: 0 },
}

export function makeProgram({ B, E, H, V, L }: Sizes, chosen: CellChoice, more: Partial<Program> = {}): Program {
  const init = {
    input: 'glorot_uniform',
    recurrent: 'orthogonal',
    std: 0.1,
    spectral_radius: null,
    forget_bias: 1,
    chrono_t_max: null,
    r_min: 0.9,
    r_max: 0.999,
    max_phase: 6.28,
  } as const
  const shared = { hidden_size: H, layers: L, dropout: 0, initial_state: 'zeros', embedding_size: E, init } as const
  return {
    model: { ...shared, ...chosen },
    inputs: { kind: 'symbols', size: V },
    readout: { kind: 'softmax', size: V },
    mode: 'many_to_many',
    batchSize: B,
    clipping: { policy: 'norm', threshold: 1, nonfinite: 'fail' },
    optimizer: OPTIMIZER,
    seed: 0,
    ...more,
  }
}

const CHOICES: Readonly<Record<Case['cell'], CellChoice>> = {
  rnn: { cell: 'rnn', activation: 'tanh' },
  gru: { cell: 'gru', reset: 'before' },
  lstm: { cell: 'lstm' },
}

/** A peer's cell by our names. */
export function choiceOf({ cell }: Pick<Case, 'cell'>): CellChoice {
  return CHOICES[cell]
}

/** The window of full backpropagation. */
export function fullWindow({ T }: Pick<Sizes, 'T'>): Window {
  return { from: 'initial', lossSteps: T, advance: T }
}

/** Symbols and the next ones, [T,B] each: B slices of one text. */
export function batchOf({ T, B, V }: Sizes): Batch {
  const at = (row: number, t: number): number => {
    const q = row * (T + 1) + t
    return (q * 7 + ((q * q) % 5)) % V
  }
  const rows = (ahead: number): Int32Array =>
    Int32Array.from({ length: T * B }, (_, i) => at(i % B, Math.floor(i / B) + ahead))
  return { steps: T, inputs: rows(0), targets: rows(1) }
}

/** Starting weights by our names. */
export function weightsOf({ cell, E, H, V, L }: Case): Readonly<Record<string, HostTensor>> {
  const blocks = BLOCKS[cell]
  const gH = blocks.length * H
  const scale = H ** -0.5
  const weights: Record<string, HostTensor> = { embedding: uniform(0, [V, E], 1) }
  for (let layer = 0; layer < L; layer++) {
    const I = layer === 0 ? E : H
    const first = 1 + 4 * layer
    weights[`layers.${layer}.Wx`] = reordered(uniform(first, [I, gH], scale), blocks)
    Object.assign(weights, recurrent(`layers.${layer}`, cell, reordered(uniform(first + 1, [H, gH], scale), blocks)))
    weights[`layers.${layer}.b`] = reordered(uniform(first + 2, [gH], scale), blocks)
  }
  return { ...weights, 'readout.Wo': uniform(101, [H, V], scale), 'readout.bo': uniform(102, [V], scale) }
}

/** The gru's product with the reset state is a weight of its own. */
function recurrent(layer: string, cell: Case['cell'], U: HostTensor): Readonly<Record<string, HostTensor>> {
  if (cell !== 'gru') return { [`${layer}.Wh`]: U }
  return { [`${layer}.Wh`]: columns(U, 0, 2 / 3), [`${layer}.Whc`]: columns(U, 2 / 3, 1) }
}

/** Tensor number k: a hash of each element's index, uniform in [-scale, scale). */
function uniform(k: number, shape: readonly number[], scale: number): HostTensor {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    let x = (i + Math.imul(k, 0x9e3779b9)) >>> 0
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0
    x = (x ^ (x >>> 16)) >>> 0
    return ((x / 2 ** 32) * 2 - 1) * scale
  })
  return { shape, data }
}

/** Blocks of equal width of the last axis in another order. */
function reordered({ shape, data }: HostTensor, blocks: readonly number[]): HostTensor {
  const width = shape.at(-1) ?? 1
  const size = width / blocks.length
  const from = (i: number): number => {
    const column = i % width
    return i - column + (blocks[Math.floor(column / size)] ?? 0) * size + (column % size)
  }
  return { shape, data: data.map((_, i) => data[from(i)] ?? 0) }
}

/** Columns of a matrix between two shares of its width. */
function columns({ shape, data }: HostTensor, from: number, to: number): HostTensor {
  const [rows = 1, width = 1] = shape
  const [first, last] = [Math.round(from * width), Math.round(to * width)]
  const kept = Float32Array.from(data).filter((_, i) => i % width >= first && i % width < last)
  return { shape: [rows, last - first], data: kept }
}

/** Floating-point operations of a step: products alone, 2 a multiply-add, forward once and backward twice. */
export function flopOf({ cell, T, B, E, H, V, L }: Case): number {
  const gates = BLOCKS[cell].length
  const layers = Array.from({ length: L }, (_, layer) => 6 * gates * H * ((layer === 0 ? E : H) + H) * B * T)
  return layers.reduce((sum, flop) => sum + flop, 6 * H * V * B * T)
}
