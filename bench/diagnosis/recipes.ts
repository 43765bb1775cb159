// What the specifications of the bank are made of: small networks, and problems that they learn in a few hundred steps.

/** A problem: the task and the length of its sequences. */
export interface Problem {
  /** In the names of rows. */
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
  readonly sequence_length: number
}

/** What one row of the bank is made of. */
export interface Recipe {
  readonly model: Readonly<Record<string, unknown>>
  readonly problem: Problem
  /** @default Adam at 0.01 */
  readonly optimizer?: Optimizer
  /** @default by norm at 1 */
  readonly clipping?: object
  readonly bptt?: object
  readonly steps?: number
}

/** A row of the bank: its recipe with the fault, and what of the recipe is another without it. */
export interface Row {
  /** Of its kind of fault, in words; the name of the specification with the fault before it. */
  readonly name: string
  readonly recipe: Recipe
  /** Null of a healthy one. */
  readonly mended: Partial<Recipe> | null
}

export const PROBLEMS = {
  adding: (T: number): Problem => ({ name: `adding ${T}`, data: { task: 'adding' }, sequence_length: T }),
  multiplication: (T: number): Problem => ({
    name: `multiplication ${T}`,
    data: { task: 'multiplication' },
    sequence_length: T,
  }),
  order: (T: number): Problem => ({ name: `order ${T}`, data: { task: 'temporal_order' }, sequence_length: T }),
  lag: (lag: number, T: number = lag + 1): Problem => ({
    name: T === lag + 1 ? `lag ${lag}` : `lag ${lag} of ${T}`,
    data: { task: 'noise_free_lag', lag },
    sequence_length: T,
  }),
  echo: (lag: number, T: number): Problem => ({
    name: `echo ${lag}`,
    data: { task: 'delayed_echo', lag },
    sequence_length: T,
  }),
  copy: (T: number): Problem => ({
    name: `copy ${T}`,
    data: { task: 'copy', symbols: 3, length: 3 },
    sequence_length: T,
  }),
}

/** An optimizer with everything but its rate by default. */
export interface Optimizer {
  readonly type: string
  readonly learning_rate: number
}

type MakeOptimizer = (learning_rate: number) => Optimizer

export const SGD: MakeOptimizer = (learning_rate) => ({ type: 'sgd', learning_rate })
export const MOMENTUM: MakeOptimizer = (learning_rate) => ({ type: 'momentum', learning_rate })
export const ADAM: MakeOptimizer = (learning_rate) => ({ type: 'adam', learning_rate })

type Make = (hidden_size: number, init?: object) => Recipe['model']

/** Units of a row that says nothing else. */
export const UNITS = 16

const cell =
  (name: string, more: object = {}, own: object = {}): Make =>
  (hidden_size, init = {}) => ({ cell: name, hidden_size, ...more, init: { ...own, ...init } })

/** A cell with its activation, and where it begins unless a row says otherwise. */
export type BankCell =
  | 'lstm'
  | 'gru'
  | 'min_gru'
  | 'min_lstm'
  | 'slstm'
  | 'gru_simple'
  | 'lstm_peephole'
  | 'indrnn'
  | 'lru'
  | 'tanh'
  | 'sigmoid'
  | 'linear'
  | 'relu'
  | 'irnn'

export const CELLS: Readonly<Record<BankCell, Make>> = {
  lstm: cell('lstm'),
  gru: cell('gru'),
  min_gru: cell('min_gru'),
  min_lstm: cell('min_lstm'),
  slstm: cell('slstm'),
  gru_simple: cell('gru_simple'),
  lstm_peephole: cell('lstm_peephole'),
  indrnn: cell('indrnn'),
  lru: cell('lru', { activation: 'tanh', layers: 2 }),
  tanh: cell('rnn'),
  sigmoid: cell('rnn', { activation: 'sigmoid' }),
  linear: cell('rnn', { activation: 'identity' }),
  relu: cell('rnn', { activation: 'relu' }),
  irnn: cell('rnn', { activation: 'relu' }, { recurrent: 'identity' }),
}

const STEPS = 600
const CLIPPED = { policy: 'norm', threshold: 1 }

/** The specification of a recipe. All that rules read is observed, so that none is excused. */
export function specify({ model, problem, optimizer, clipping, bptt, steps }: Recipe, seed: number): object {
  return {
    model,
    data: problem.data,
    sequence_length: problem.sequence_length,
    ...(bptt && { bptt }),
    optimizer: optimizer ?? ADAM(0.01),
    clipping: clipping ?? CLIPPED,
    training: { batch_size: 16, max_steps: steps ?? STEPS, seed, evaluate_every: 0, evaluation_batches: 16 },
    observe: { flow_every: 20, probe_every: 20, saturation_every: 20, ...(bptt && { bias_every: 20 }) },
    checkpoint: { every_steps: 0 },
    resources: { accelerator: 'cpu', shards: 1 },
  }
}
