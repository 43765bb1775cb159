// What is true of each cell beside its code: one row a cell, which everybody reads who would else ask for a cell by
// its name. A cell is its file in packages/bptt/src/cells, its schema in model.ts, its row here and its equations in LaTeX.

import { getProjectionSize, listLayers, type Layer } from './layers.ts'
import type { CellName, Model } from './model.ts'

/** What a gate does with what the cell holds; a candidate is what is let in. */
export type GateRole = 'update' | 'forget' | 'relevance' | 'output' | 'candidate'

export interface CellFacts {
  /**
   * Gates and candidates by their letters in docs/math/notation.md, in the order of the packed columns: blocks of H
   * columns in Wx, b and, where there is one, the recurrent matrix.
   */
  readonly gates: Readonly<Record<string, GateRole>>
  /** Names of the states handed from step to step; `h`, the output, comes first. */
  readonly states: readonly State[]
  /** The states that may start from a learned value. */
  readonly learnable: readonly State[]
  /** What multiplies h_{t-1}: a matrix a gate, one number a unit, or nothing. */
  readonly recurrent: 'matrix' | 'vector' | 'none'
  /** Trainable numbers of the recurrence beside those and b, for H units: peepholes, a bias of its own; none unless given. */
  readonly besides?: (H: number, model: Model) => number
  /** Whether layer normalisation is defined; else why not. */
  readonly layerNorm: true | string
  /** Whether a unit of the memory cell may stay what it was (zoneout.cell); else why not. */
  readonly cellZoneout: true | string
  /** Whether h lies within [-1, 1]: depends on the activation where there is a choice. */
  readonly bounded: boolean | 'by activation'
  /** Vectors of H numbers kept of each step for the backward pass, gates not counted. */
  readonly saved: number
}

/** `h` hidden state, `c` memory cell, `n` normaliser, `m` stabiliser; `r` and `i` the real and the imaginary part of a state of which h is a function. */
export type State = 'h' | 'c' | 'n' | 'm' | 'r' | 'i'

const LSTM = {
  gates: { u: 'update', f: 'forget', o: 'output', c: 'candidate' },
  states: ['h', 'c'],
  learnable: ['h', 'c'],
  recurrent: 'matrix',
  layerNorm: true,
  cellZoneout: true,
  bounded: true,
  saved: 3,
} as const satisfies CellFacts

export const CELLS: Readonly<Record<CellName, CellFacts>> = {
  rnn: {
    gates: { h: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'matrix',
    layerNorm: true,
    cellZoneout: 'it has no memory cell',
    bounded: 'by activation',
    saved: 1,
  },
  gru_simple: {
    gates: { u: 'update', c: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'matrix',
    layerNorm: true,
    cellZoneout: 'it has no memory cell',
    bounded: true,
    saved: 1,
  },
  gru: {
    gates: { u: 'update', r: 'relevance', c: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'matrix',
    besides: (H, model) => (model.cell === 'gru' && model.reset === 'after' ? H : 0),
    layerNorm: true,
    cellZoneout: 'it has no memory cell',
    bounded: true,
    saved: 2,
  },
  lstm: LSTM,
  lstm_peephole: {
    ...LSTM,
    besides: (H, model) => 3 * (model.cell === 'lstm_peephole' && model.peephole === 'full' ? H * H : H),
  },
  indrnn: {
    gates: { h: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'vector',
    layerNorm: 'its units are independent of each other, and a mean over them would connect them',
    cellZoneout: 'it has no memory cell',
    bounded: false,
    saved: 1,
  },
  min_gru: {
    gates: { z: 'update', h: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'none',
    layerNorm: 'its gates see x_t alone, and no recurrent pre-activation grows or shrinks from step to step',
    cellZoneout: 'it has no memory cell',
    bounded: false,
    saved: 1,
  },
  min_lstm: {
    gates: { u: 'update', f: 'forget', h: 'candidate' },
    states: ['h'],
    learnable: ['h'],
    recurrent: 'none',
    layerNorm: 'its gates see x_t alone, and no recurrent pre-activation grows or shrinks from step to step',
    cellZoneout: 'it has no memory cell',
    bounded: false,
    saved: 2,
  },
  lru: {
    gates: { r: 'candidate', i: 'candidate', d: 'candidate' },
    states: ['h', 'r', 'i'],
    learnable: ['r', 'i'], // h_0 is not read
    recurrent: 'none',
    besides: (H) => 2 * H * H + 3 * H, // Re C and Im C; ν, θ and γ
    layerNorm: 'its recurrence has no pre-activation, and its eigenvalues alone say how states grow or shrink',
    cellZoneout: 'it has no memory cell',
    bounded: 'by activation',
    saved: 7,
  },
  slstm: {
    gates: { i: 'update', f: 'forget', o: 'output', c: 'candidate' },
    states: ['h', 'c', 'n', 'm'],
    learnable: ['h'], // c_0 counts for nothing while n_0 is 0, and a learned n_0 could cross 0
    recurrent: 'matrix',
    layerNorm: 'its normaliser n_t divides already what its exponential gates let in',
    cellZoneout: 'its c_t, n_t and m_t are one memory, of which the mean is not that of each of them',
    bounded: true,
    saved: 5,
  },
}

const BOUNDED_ACTIVATIONS: readonly string[] = ['tanh', 'sigmoid']

/** Whether a model's h lies within [-1, 1], so that it can be saturated. */
export function isBounded(model: Model): boolean {
  if (getProjectionSize(model) !== undefined) return false
  const { bounded } = CELLS[model.cell]
  return bounded === 'by activation' ? 'activation' in model && BOUNDED_ACTIVATIONS.includes(model.activation) : bounded
}

/** Whether a cell has gates at all, not a candidate alone. */
export function isGated(cell: CellName): boolean {
  return Object.values(CELLS[cell].gates).some((role) => role !== 'candidate')
}

/** Whether a cell has a memory cell c, by which its gradient passes. */
export function hasMemoryCell(cell: CellName): boolean {
  return CELLS[cell].states.includes('c')
}

/** Zoneout of a model: the share of the units that stay of each state that has one. */
export function listZoneout({ zoneout }: Model): Readonly<Partial<Record<State, number>>> {
  const { hidden, cell } = zoneout ?? { hidden: 0, cell: 0 } // absent from older records
  return { ...(hidden > 0 && { h: hidden }), ...(cell > 0 && { c: cell }) }
}

/** Whether units of a model's states stay what they were. */
export function hasZoneout(model: Model): boolean {
  return Object.keys(listZoneout(model)).length > 0
}

/** Blocks of H columns that a cell has: its gates and candidates. */
export function gateCount(cell: CellName): number {
  return Object.keys(CELLS[cell].gates).length
}

/** Trainable numbers of a layer in vectors: biases, with layer normalisation gains, and gain and bias of the memory cell, and learned initial states. */
export function vectorParameters(model: Model, layer: Pick<Layer, 'hiddenSize' | 'outputSize'>): number {
  const { cell, layer_norm, initial_state } = model
  const normalised = layer_norm === true ? gateCount(cell) + (hasMemoryCell(cell) ? 2 : 0) : 0
  const learned = initial_state === 'learned' ? CELLS[cell].learnable : []
  const sizes = learned.map((state) => stateSize(layer, state))
  return (gateCount(cell) + normalised) * layer.hiddenSize + sizes.reduce((sum, size) => sum + size, 0)
}

/** Trainable numbers of a layer's recurrence, its projection included. */
export function recurrentParameters(
  model: Model,
  { hiddenSize: H, outputSize: P }: Pick<Layer, 'hiddenSize' | 'outputSize'>,
): number {
  const { recurrent, besides } = CELLS[model.cell]
  const block = { matrix: P * H, vector: H, none: 0 }[recurrent]
  const projection = getProjectionSize(model) === undefined ? 0 : H * P
  return gateCount(model.cell) * block + (besides?.(H, model) ?? 0) + projection
}

/** A state of a layer, as `0.h`, and its numbers. */
export interface LayerState {
  readonly name: string
  readonly size: number
}

/** The states of all layers in the order in which a given initial state has them side by side: layer by layer, direction by direction, each of the cell's. */
export function listStates(model: Model): readonly LayerState[] {
  return listLayers(model, 1).flatMap((layer, index) =>
    CELLS[model.cell].states.map((state) => ({ name: `${index}.${state}`, size: stateSize(layer, state) })),
  )
}

/** Numbers of the states of all layers together. */
export function countStates(model: Model): number {
  return listStates(model).reduce((sum, { size }) => sum + size, 0)
}

/** Numbers of a state of a layer, by the name of the state. */
export function stateSize({ hiddenSize, outputSize }: Pick<Layer, 'hiddenSize' | 'outputSize'>, state: string): number {
  return state === 'h' ? outputSize : hiddenSize
}
