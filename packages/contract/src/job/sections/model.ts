import { Type, type Static, type TProperties } from 'typebox'
import { integer, number, oneOf, orNull } from '../../schema/fields.ts'
import { variant } from '../../schema/variant.ts'

const INIT_FIELDS = {
  input: oneOf('Initial input weights Wx.', ['glorot_uniform', 'normal', 'zeros'], { default: 'glorot_uniform' }),
  recurrent: oneOf(
    'Initial recurrent weights Wh: a random orthogonal matrix, the identity (rnn with relu: the IRNN), Glorot uniform or normal.',
    ['orthogonal', 'identity', 'glorot_uniform', 'normal'],
    { default: 'orthogonal' },
  ),
  std: number('Standard deviation of every initialisation named "normal".', {
    default: 0.1,
    exclusiveMinimum: 0,
    maximum: 10,
  }),
  spectral_radius: orNull(
    number('Spectral radius to which Wh is scaled; null for no scaling.', {
      exclusiveMinimum: 0,
      maximum: 10,
    }),
  ),
}

const GATED_INIT_FIELDS = {
  ...INIT_FIELDS,
  chrono_t_max: orNull(
    integer(
      'Chrono initialisation (Tallec and Ollivier 2018): forget bias log U(1, T_max - 1), update bias its negative; overrides forget_bias.',
      {
        minimum: 3,
        maximum: 1_000_000,
      },
    ),
  ),
}

const FORGET_INIT_FIELDS = {
  ...GATED_INIT_FIELDS,
  forget_bias: number('Bias of the forget gate at the start (Jozefowicz et al. 2015).', {
    default: 1,
    minimum: -20,
    maximum: 20,
  }),
}

const RING_INIT_FIELDS = {
  ...INIT_FIELDS,
  r_min: number('Least magnitude of an eigenvalue at the start.', { default: 0.9, minimum: 0, exclusiveMaximum: 1 }),
  r_max: number('Largest magnitude of an eigenvalue at the start, not below r_min.', {
    default: 0.999,
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
  }),
  max_phase: number('Phases of the eigenvalues at the start lie between 0 and this, in radians.', {
    default: 6.28,
    exclusiveMinimum: 0,
    maximum: 6.2832,
  }),
}

function initialisation<Fields extends TProperties>(fields: Fields) {
  return Type.Object(fields, {
    additionalProperties: false,
    default: {},
    description: 'Initial values, drawn from a generator keyed by seed and tensor name.',
  })
}

const INIT = initialisation(INIT_FIELDS)
const GATED_INIT = initialisation(GATED_INIT_FIELDS)
const FORGET_INIT = initialisation(FORGET_INIT_FIELDS)
const RING_INIT = initialisation(RING_INIT_FIELDS)

/** The sizes of a network that gives none. */
export const SIZE_DEFAULTS = { hidden_size: 64, layers: 1 } as const

const HIDDEN_SIZES = orNull(
  Type.Array(integer('H of a layer.', { minimum: 1, maximum: 8192 }), {
    minItems: 1,
    maxItems: 16,
    description: 'H of each layer from the lowest, such as [128, 64], in place of hidden_size and layers.',
  }),
)
const RESIDUAL = Type.Boolean({
  default: false,
  description:
    'Residual connections: the output of each layer but the lowest is h_t plus the output of the layer below, before dropout.',
})
const BIDIRECTIONAL = Type.Boolean({
  default: false,
  description:
    'Each layer reads the sequence in both directions, with weights and H units of each; the layer above and the read-out read both side by side. A job with one answer for the sequence answers from the last state of each direction.',
})

const LAYER_NORM = Type.Boolean({
  default: false,
  description:
    'Layer normalisation (Ba et al. 2016): pre-activations of each gate, and the memory cell before its tanh, are normalised over their H units; b is added after that.',
})

const stays = (what: string) =>
  number(`Probability with which a unit of ${what} stays what it was at a step, to 2^-16.`, {
    default: 0,
    minimum: 0,
    exclusiveMaximum: 1,
  })

const ZONEOUT = Type.Object(
  { hidden: stays('h'), cell: stays('the memory cell c, of the LSTMs') },
  {
    additionalProperties: false,
    default: {},
    description:
      'Zoneout (Krueger et al. 2017): at each step of an update some units keep the state of the step before; evaluations and predictions go on with the mean of both.',
  },
)

const SHARED = {
  hidden_size: integer('H, units of each layer.', { default: SIZE_DEFAULTS.hidden_size, minimum: 1, maximum: 8192 }),
  layers: integer('Stacked recurrent layers.', { default: SIZE_DEFAULTS.layers, minimum: 1, maximum: 16 }),
  hidden_sizes: Type.Optional(HIDDEN_SIZES), // absent from older records
  residual: Type.Optional(RESIDUAL),
  bidirectional: Type.Optional(BIDIRECTIONAL),
  dropout: number('Variational dropout between layers: one mask for each sequence.', {
    default: 0,
    minimum: 0,
    exclusiveMaximum: 1,
  }),
  recurrent_dropout: Type.Optional(
    number(
      'Variational dropout within the recurrence: one mask for each sequence on h_{t-1} where it meets the recurrent weights; what the cell passes on stays.',
      { default: 0, minimum: 0, exclusiveMaximum: 1 },
    ),
  ),
  zoneout: Type.Optional(ZONEOUT), // absent from older records
  layer_norm: Type.Optional(LAYER_NORM),
  embedding_size: orNull(
    integer('Size of a learned embedding of input symbols; null for one-hot inputs.', { minimum: 1, maximum: 4096 }),
  ),
  initial_state: oneOf('The state before the first step.', ['zeros', 'learned'], { default: 'zeros' }),
}

function cell<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { cell: Type.Literal(name, { description }), ...SHARED, ...own },
    { additionalProperties: false, title: name },
  )
}

const ACTIVATIONS = ['tanh', 'relu', 'sigmoid', 'identity'] as const
const ACTIVATION = oneOf('f, the non-linearity.', ACTIVATIONS, { default: 'tanh' })
const OUTPUT_ACTIVATION = oneOf(
  'f, the non-linearity of the output h_t; the recurrence has none. With identity a stack of such layers is linear.',
  ACTIVATIONS,
  { default: 'identity' },
)
const PEEPHOLE = oneOf('Peephole weights: matrices P [H,H] or vectors p [H].', ['full', 'diagonal'], {
  default: 'diagonal',
})
const RESET = oneOf(
  'Where the relevance gate acts: before the product with the recurrent matrix, or after it, as in PyTorch, Keras and cuDNN, with a bias bm [H] of its own.',
  ['before', 'after'],
  { default: 'before' },
)

const PROJECTION = Type.Optional(
  orNull(
    integer(
      'P, numbers to which each layer projects its output: h_t = Wp (z_o*tanh(c_t)) (Sak et al. 2014), proj_size in PyTorch; null for none.',
      { minimum: 1, maximum: 8191 },
    ),
  ),
) // absent from older records

/** The recurrent network: one of docs/math/notation.md's cells, its sizes and its initial values. */
export const Model = variant(
  'cell',
  [
    cell('rnn', 'Simple recurrent cell: h_t = f(Wh[x_t, h_{t-1}] + bh).', { activation: ACTIVATION, init: INIT }),
    cell('gru_simple', 'Gated recurrent unit with only an update gate.', { init: GATED_INIT }),
    cell('gru', 'Gated recurrent unit with update and relevance gates.', { reset: RESET, init: GATED_INIT }),
    cell('lstm', 'Long short-term memory with update, forget and output gates.', {
      projection_size: PROJECTION,
      init: FORGET_INIT,
    }),
    cell('lstm_peephole', 'LSTM whose gates also see the memory cell.', {
      peephole: PEEPHOLE,
      projection_size: PROJECTION,
      init: FORGET_INIT,
    }),
    cell('indrnn', 'Independently recurrent network: diagonal recurrence with relu.', { init: INIT }),
    cell('min_gru', 'Minimal GRU without a recurrent matrix.', { init: GATED_INIT }),
    cell('min_lstm', 'Minimal LSTM without a recurrent matrix, its gates normalised to a sum of 1.', {
      init: FORGET_INIT,
    }),
    cell('lru', 'Linear recurrent unit: a complex diagonal recurrence, stable by its parameters.', {
      activation: OUTPUT_ACTIVATION,
      init: RING_INIT,
    }),
    cell('slstm', 'LSTM with exponential gates, a normaliser and a stabiliser.', { init: FORGET_INIT }),
  ],
  { description: 'The recurrent network that is trained.' },
)
export type Model = Static<typeof Model>
export type CellName = Model['cell']
