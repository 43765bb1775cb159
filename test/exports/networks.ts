// The networks that are exported in tests: every cell in each of its kinds, of one and two layers, and layers that are stacked
// in other ways. Each answers once and at every step, reads numbers and symbols, and starts from zeros and from a learned state.

import { CELLS, type CellName } from '@unroll/contract'

/** The choices of cells that have some. */
const KINDS: Readonly<Partial<Record<CellName, readonly object[]>>> = {
  rnn: ['tanh', 'relu', 'sigmoid', 'identity'].map((activation) => ({ activation })),
  lru: ['identity', 'tanh'].map((activation) => ({ activation })),
  gru: ['before', 'after'].map((reset) => ({ reset })),
  lstm_peephole: ['full', 'diagonal'].map((peephole) => ({ peephole })),
}

const TASKS: Readonly<Record<string, object>> = {
  once: { data: { task: 'adding' } },
  every_step: { data: { task: 'copy', symbols: 3, length: 2 }, model: { embedding_size: 4 } },
  one_hot: { data: { task: 'temporal_order' }, sequence_length: 20 },
}

export interface NetworkCase {
  name: string
  cell: CellName
  body: object
}

/** Every cell in each of its kinds, of one and two layers. */
const KINDS_OF_CELLS = (Object.keys(CELLS) as CellName[]).flatMap((cell) =>
  (KINDS[cell] ?? [{}]).flatMap((kind) =>
    [1, 2].map((layers) => ({
      name: [cell, ...(Object.values(kind) as string[]), layers].join('-'),
      model: { cell, hidden_size: 5, layers, ...kind },
    })),
  ),
)

/** A cell that ONNX has an operator for, which PyTorch has too, and one that neither has. */
const STACKED_CELLS: readonly CellName[] = ['lstm', 'indrnn']
const STACKS: Readonly<Record<string, object>> = {
  residual: { hidden_size: 5, layers: 3, residual: true },
  equal_sizes: { hidden_sizes: [5, 5] },
  unequal_sizes: { hidden_sizes: [5, 3] },
}

/** Every cell in each of its kinds in both directions, and such layers stacked in other ways. */
const BOTH_WAYS = [
  ...KINDS_OF_CELLS.map(({ name, model }) => ({ name, model })),
  ...STACKED_CELLS.map((cell) => ({ name: `${cell}-residual`, model: { cell, ...STACKS['residual'] } })),
].map(({ name, model }) => ({ name: `bidirectional-${name}`, model: { ...model, bidirectional: true } }))

/** Every cell in each of its kinds whose pre-activations may be normalised. */
const NORMALISED = KINDS_OF_CELLS.filter(({ model }) => CELLS[model.cell].layerNorm === true && model.layers === 2).map(
  ({ name, model }) => ({ name: `${name}-layer_norm`, model: { ...model, layer_norm: true } }),
)

/** Cells whose states stay in part: with an operator of ONNX and without one, with a memory cell and without one. */
const ZONED = [
  { name: 'lstm-zoneout', model: { cell: 'lstm', hidden_size: 5, layers: 2, zoneout: { hidden: 0.2, cell: 0.5 } } },
  { name: 'slstm-zoneout', model: { cell: 'slstm', hidden_size: 5, zoneout: { hidden: 0.2 } } },
  {
    name: 'bidirectional-gru-zoneout',
    model: { cell: 'gru', hidden_size: 5, reset: 'after', bidirectional: true, zoneout: { hidden: 0.3 } },
  },
] as const

/** Cells that project h: as PyTorch has it, in both directions and from a learned state, and as it has not. */
const PROJECTED = [
  { name: 'lstm-projection', model: { cell: 'lstm', hidden_size: 5, layers: 2, projection_size: 3 } },
  {
    name: 'bidirectional-lstm-projection',
    model: { cell: 'lstm', hidden_size: 5, bidirectional: true, projection_size: 2 },
  },
  { name: 'lstm_peephole-projection', model: { cell: 'lstm_peephole', hidden_size: 5, projection_size: 3 } },
] as const

/** The choices of how layers are stacked. */
const STACKED = STACKED_CELLS.flatMap((cell) =>
  Object.entries(STACKS).map(([stack, model]) => ({ name: `${cell}-${stack}`, model: { cell, ...model } })),
)

export const NETWORK_CASES: readonly NetworkCase[] = [
  ...KINDS_OF_CELLS,
  ...NORMALISED,
  ...ZONED,
  ...PROJECTED,
  ...STACKED,
  ...BOTH_WAYS,
].flatMap(({ name, model: chosen }) =>
  Object.entries(TASKS).map(([task, { model = {}, ...body }]: [string, { model?: object }], index) => ({
    name: `${name}-${task}`,
    cell: chosen.cell,
    body: {
      sequence_length: 8,
      ...body,
      model: { ...chosen, ...model, initial_state: index === 2 ? 'learned' : 'zeros' },
      optimizer: { type: 'adam', learning_rate: 0.05 },
      training: { batch_size: 4, max_steps: 10, evaluate_every: 0, seed: 3 },
      observe: { flow_every: 0 },
    },
  })),
)

/** The network of a case. */
export function findCase(name: string): object {
  return NETWORK_CASES.find((each) => each.name === name)!.body
}
