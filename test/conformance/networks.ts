import { createNetwork, type Network, type Program } from '@unroll/bptt'
import { CELLS, SIZE_DEFAULTS, type CellName as CellOfSpec } from '@unroll/contract'

/** The kinds of the cells that have some, as the golden files name them. */
const KINDS = {
  gru: { cell: 'gru', reset: 'before' },
  gru_reset_after: { cell: 'gru', reset: 'after' },
  lstm_peephole_full: { cell: 'lstm_peephole', peephole: 'full' },
  lstm_peephole_diagonal: { cell: 'lstm_peephole', peephole: 'diagonal' },
} as const
type Kind = keyof typeof KINDS
type Kindless = Exclude<CellOfSpec, (typeof KINDS)[Kind]['cell']>

export type CellName = Kindless | Kind

/** Every cell, in each of its kinds. */
export const CELL_NAMES: readonly CellName[] = [
  ...(Object.keys(KINDS) as Kind[]),
  ...(Object.keys(CELLS) as CellOfSpec[]).filter((cell) => !Object.values(KINDS).some((kind) => kind.cell === cell)),
] as CellName[]
/** Those whose pre-activations may be normalised. */
export const NORMALISED_CELLS: readonly CellName[] = CELL_NAMES.filter(
  (name) => CELLS[isKind(name) ? KINDS[name].cell : name].layerNorm === true,
)
/** Zoneout of every state that it is defined for. */
export function zoneoutOf(name: CellName): NonNullable<ModelChoices['zoneout']> {
  const { cellZoneout } = CELLS[isKind(name) ? KINDS[name].cell : name]
  return { hidden: 0.4, cell: cellZoneout === true ? 0.3 : 0 }
}
/** Those that can project h. */
export const PROJECTED_CELLS: readonly CellName[] = CELL_NAMES.filter(isProjected)

function isProjected(name: CellName): boolean {
  return name.startsWith('lstm')
}
export type Activation = 'tanh' | 'relu' | 'sigmoid' | 'identity'

export interface Sizes {
  readonly N: number
  readonly X: number
  /** Of each of `layers` layers, or one size for each layer. */
  readonly H: number | readonly number[]
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

/** Of the cell with a complex state. */
const RING = { r_min: 0.5, r_max: 0.95, max_phase: 3 } as const

export interface ModelChoices {
  readonly activation?: Activation
  readonly embedding?: number | null
  readonly dropout?: number
  readonly recurrentDropout?: number
  readonly zoneout?: { readonly hidden: number; readonly cell: number }
  readonly initialState?: 'zeros' | 'learned'
  readonly residual?: boolean
  readonly layerNorm?: boolean
  /** P of cells that project h. */
  readonly projectionSize?: number
  readonly bidirectional?: boolean
}

export function modelOf(
  cell: CellName,
  { H, layers = 1 }: Pick<Sizes, 'H' | 'layers'>,
  {
    activation = 'tanh',
    embedding = null,
    dropout = 0,
    recurrentDropout = 0,
    zoneout = { hidden: 0, cell: 0 },
    initialState = 'zeros',
    residual = false,
    layerNorm = false,
    projectionSize,
    bidirectional = false,
  }: ModelChoices = {},
): Program['model'] {
  const shared = {
    ...(typeof H === 'number' ? { hidden_size: H, layers } : { ...SIZE_DEFAULTS, hidden_sizes: [...H] }),
    residual,
    layer_norm: layerNorm,
    bidirectional,
    dropout,
    recurrent_dropout: recurrentDropout,
    zoneout,
    initial_state: initialState,
    embedding_size: embedding,
    init: INIT,
  } as const
  if (cell === 'rnn') return { ...shared, cell, activation }
  if (cell === 'lru') return { ...shared, cell, activation, init: { ...INIT, ...RING } }
  const own = {
    ...shared,
    ...(isProjected(cell) && projectionSize !== undefined && { projection_size: projectionSize }),
  }
  return isKind(cell) ? { ...own, ...KINDS[cell] } : { ...own, cell }
}

function isKind(cell: CellName): cell is Kind {
  return cell in KINDS
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
