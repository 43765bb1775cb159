import { Type, type Static } from 'typebox'

const Value = Type.Union(
  [Type.Number(), Type.Enum(['NaN', 'Infinity', '-Infinity'], { type: 'string' }), Type.Null()],
  {
    description:
      'A number, or the name of one that JSON cannot carry; null if the series was not measured at that step.',
  },
)

const PROGRESS = {
  cursor: Type.String({ description: 'The cursor for `after` of the next poll.' }),
  done: Type.Boolean({ description: 'Whether the job has ended and no row follows.' }),
  resumed_from_step: Type.Optional(
    Type.Integer({
      description: 'The run resumed from this step after the cursor: earlier rows beyond it are void.',
    }),
  ),
  first_step: Type.Union([Type.Integer(), Type.Null()], { description: 'The oldest stored step.' }),
}

/** Rows of a run as columns. */
export const Metrics = Type.Object(
  {
    object: Type.Literal('metrics'),
    ...PROGRESS,
    steps: Type.Array(Type.Integer()),
    series: Type.Record(Type.String(), Type.Array(Value)),
  },
  { title: 'Metrics' },
)
export type Metrics = Static<typeof Metrics>

const Count = Type.Integer({ minimum: 0 })

/** Values of a series in buckets of consecutive steps. */
const Bucketed = Type.Object({
  n: Type.Array(Count, { description: 'Number of finite values in each bucket.' }),
  min: Type.Array(Value, { description: 'The minimum; null without a finite value.' }),
  max: Type.Array(Value, { description: 'The greatest.' }),
  max_step: Type.Array(Type.Union([Type.Integer(), Type.Null()]), { description: 'The step of the greatest.' }),
  mean: Type.Array(Value),
  last: Type.Array(Value, { description: 'The last value, finite or not.' }),
  nonfinite: Type.Array(Count, { description: 'Number of NaN and infinite values.' }),
  nan: Type.Array(Count, { description: 'Number of NaN.' }),
  negative_infinity: Type.Array(Count, { description: 'Number of -Infinity.' }),
})

/** A run, or a range of its steps, in buckets that keep every extreme and count every non-finite value. */
export const MetricBuckets = Type.Object(
  {
    object: Type.Literal('metrics'),
    ...PROGRESS,
    bucket_steps: Type.Integer({ description: 'Steps of a bucket, a power of two.' }),
    steps: Type.Array(Type.Integer(), { description: 'The first step of each bucket.' }),
    last_step: Type.Integer({ description: 'The last step of the range with a row.' }),
    series: Type.Record(Type.String(), Bucketed),
  },
  { title: 'MetricBuckets' },
)
export type MetricBuckets = Static<typeof MetricBuckets>

/** A layer among those of a network, and how many there are. */
const WHICH_LAYER = {
  layer: Type.Integer({
    description:
      'From 0; of a bidirectional network each direction counts, forward before backward, layer by layer. Time steps of a backward direction are in the order in which it reads: 1 is the last step of the sequence.',
  }),
  layers: Type.Integer({ description: 'Layers of the network, each direction by itself.' }),
}

/** Total flow of one layer: a row of `log₁₀‖∂L/∂h_t‖`, t = 1 … T, for each observed step. */
export const Flow = Type.Object(
  {
    object: Type.Literal('flow'),
    ...PROGRESS,
    ...WHICH_LAYER,
    steps: Type.Array(Type.Integer()),
    timesteps: Type.Array(Type.Integer()),
    log10_norm: Type.Array(Type.Array(Value)),
    cell_state: Type.Optional(
      Type.Array(Type.Array(Value), { description: 'The same for ‖∂L/∂c_t‖, if the cell has a memory cell.' }),
    ),
    probe: Type.Optional(
      Type.Array(Type.Array(Value), {
        description:
          'The same for ‖∂L_T/∂h_t‖ of the loss of the last step only, if it was observed; φ(k) is k steps from the end.',
      }),
    ),
  },
  { title: 'Flow' },
)
export type Flow = Static<typeof Flow>

const Counts = Type.Optional(Type.Array(Type.Array(Count), { description: 'Absent if no bucket has any.' }))

/** Norms of one state in buckets, `[bucket of training steps][bucket of time steps]`. */
const BucketedNorms = Type.Object({
  min: Type.Array(Type.Array(Value), { description: 'The minimum finite log₁₀ norm; null without any.' }),
  max: Type.Array(Type.Array(Value), { description: 'The greatest.' }),
  zero: Counts,
  infinity: Counts,
  nan: Counts,
})

/** Total flow of one layer in buckets on both axes that keep every extreme and count exact zeros, Inf and NaN. */
export const FlowBuckets = Type.Object(
  {
    object: Type.Literal('flow'),
    ...PROGRESS,
    ...WHICH_LAYER,
    bucket_steps: Type.Integer({
      description: 'Training steps of a bucket, a power of two; 1 if each bucket is a row.',
    }),
    bucket_timesteps: Type.Integer({ description: 'Time steps of a bucket, a power of two.' }),
    steps: Type.Array(Type.Integer(), { description: 'The first training step of each bucket with a row.' }),
    last_step: Type.Integer({ description: 'The last training step of the range with a row; 0 without any.' }),
    timesteps: Type.Array(Type.Integer(), { description: 'The first time step of each bucket.' }),
    log10_norm: BucketedNorms,
    cell_state: Type.Optional(BucketedNorms),
    probe: Type.Optional(BucketedNorms),
  },
  { title: 'FlowBuckets' },
)
export type FlowBuckets = Static<typeof FlowBuckets>
