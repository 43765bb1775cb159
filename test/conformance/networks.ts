import { createNetwork, type Network, type Program } from '@unroll/bptt'
import { CELLS, type CellName as CellOfSpec } from '@unroll/contract'

export type CellName = Exclude<CellOfSpec, 'lstm_peephole'> | 'lstm_peephole_full' | 'lstm_peephole_diagonal'

/** Every cell; those with peepholes by kind, as the golden files name them. */
export const CELL_NAMES: readonly CellName[] = (Object.keys(CELLS) as CellOfSpec[]).flatMap((cell) =>
  cell === 'lstm_peephole' ? (['lstm_peephole_full', 'lstm_peephole_diagonal'] as const) : [cell],
)
export type Activation = 'tanh' | 'relu' | 'sigmoid' | 'identity'

export interface Sizes {
  readonly N: number
  readonly X: number
  readonly H: number
  /** Read-out. */
  readonly K: number
  readonly layers?: number
}

const INIT = {
  input: 'glorot_uniform',
  recurrent: 'orthogonal',
  std: 0.1,
  spectral_radius: null,
  forget_bias: 1,
  chrono_t_max: null,
} as const

export interface ModelChoices {
  readonly activation?: Activation
  readonly embedding?: number | null
  readonly dropout?: number
  readonly initialState?: 'zeros' | 'learned'
}

export function modelOf(
  cell: CellName,
  { H, layers = 1 }: Pick<Sizes, 'H' | 'layers'>,
  { activation = 'tanh', embedding = null, dropout = 0, initialState = 'zeros' }: ModelChoices = {},
): Program['model'] {
  const shared = {
    hidden_size: H,
    layers,
    dropout,
    initial_state: initialState,
    embedding_size: embedding,
    init: INIT,
  } as const
  if (cell === 'rnn') return { ...shared, cell, activation }
  if (cell === 'lstm_peephole_full') return { ...shared, cell: 'lstm_peephole', peephole: 'full' }
  if (cell === 'lstm_peephole_diagonal') return { ...shared, cell: 'lstm_peephole', peephole: 'diagonal' }
  return { ...shared, cell }
}

/** A network of vectors read many to many through softmax, but for what is given. */
export function smallNetwork(
  cell: CellName,
  sizes: Sizes,
  choices: ModelChoices & Partial<Pick<Program, 'inputs' | 'readout' | 'mode'>> = {},
): Network {
  const { inputs = { kind: 'vectors', size: sizes.X }, readout = { kind: 'softmax', size: sizes.K } } = choices
  const { mode = 'many_to_many' } = choices
  return createNetwork({ model: modelOf(cell, sizes, choices), inputs, readout, mode, batchSize: sizes.N })
}
