import { Type, type Static } from 'typebox'
import { Estimate } from '../job/cost/estimate.ts'
import { number, oneOf } from '../schema/fields.ts'
import { SessionSpecSchema } from '../session/session_spec.ts'
import { measured } from './measured.ts'
import { nullable, time } from './nullable.ts'
import { SequencePrediction } from './prediction.ts'

/** Where a session is. */
export const SESSION_STATUSES = ['asleep', 'awake', 'failed'] as const
export type SessionStatus = (typeof SESSION_STATUSES)[number]

/** A session as the API returns it. */
export const Session = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('session'),
    name: Type.String(),
    status: Type.Enum(SESSION_STATUSES, {
      type: 'string',
      description:
        '`asleep`: on disk, until it is asked for something; `awake`: a worker has it; `failed`: the processes that computed it have ended again and again.',
    }),
    owner: Type.String(),
    step: Type.Integer({ description: 'Calls of `optim_step` that were acknowledged.' }),
    created_at: time('When it was made.'),
    used_at: nullable(time('When it was last asked for something; null before the first time.')),
    spec: SessionSpecSchema,
    estimate: Estimate,
  },
  { title: 'Session' },
)
export type Session = Static<typeof Session>

/** Most sequences of a batch. */
export const MOST_BATCH_ROWS = 65_536

/** From which state a batch goes on. */
export const BATCH_STATES = ['initial', 'carried'] as const

/** A batch, whose loss and gradient are wanted. */
export const ForwardBackwardRequest = Type.Object(
  {
    inputs: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: MOST_BATCH_ROWS,
      description:
        'A list of time steps for each row: each step a vector, a list of `input_size` numbers (or a number where that is 1), or the id of a symbol. Rows may differ in length.',
    }),
    targets: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: MOST_BATCH_ROWS,
      description:
        'For each row what is to be answered: the id of a class, or a list of `output_size` labels or numbers; of `many_to_many` a list with one for each time step. Null where there is no target.',
    }),
    state: oneOf('The state before the first time step: the initial one, or that after the last batch.', BATCH_STATES, {
      default: 'initial',
    }),
    flow: Type.Boolean({ default: true, description: 'Whether the flow is returned.' }),
  },
  { additionalProperties: false, title: 'ForwardBackwardRequest' },
)
export type ForwardBackwardRequest = Static<typeof ForwardBackwardRequest>

const FlowOfLayer = Type.Object({
  log10_norm: Type.Array(measured('log₁₀‖∂L/∂h_t‖ at each time step; exact zero is "-Infinity".')),
  cell_state: Type.Optional(Type.Array(measured('The same of the memory cell, where there is one.'))),
})

/** The loss and the gradient of a batch. */
export const ForwardBackward = Type.Object(
  {
    object: Type.Literal('forward_backward'),
    session: Type.String(),
    loss: measured('Mean over the targets of the batch.'),
    accuracy: Type.Optional(measured('Share of right answers, of classes and labels.')),
    grad_norm: measured('Norm of the gradient of the batch, before clipping.'),
    parameter_norms: Type.Record(Type.String(), measured('Of a parameter.'), {
      description: 'The same of each parameter, by its name.',
    }),
    targets: Type.Integer({ description: 'Targets of the batch.' }),
    accumulated: Type.Object(
      {
        batches: Type.Integer(),
        targets: Type.Integer(),
        loss: measured('Mean over all of these targets.'),
        grad_norm: measured('Norm of the gradient of that mean.'),
      },
      { description: 'All batches since the last `optim_step`, with this one: the gradient that waits for the next.' },
    ),
    flow: Type.Optional(Type.Array(FlowOfLayer, { description: 'Of each layer.' })),
  },
  { title: 'ForwardBackward' },
)
export type ForwardBackward = Static<typeof ForwardBackward>

/** How the waiting gradient is applied. */
export const OptimStepRequest = Type.Object(
  {
    learning_rate: Type.Optional(
      number('In place of what optimizer and schedule say of this update.', { exclusiveMinimum: 0, maximum: 1e6 }),
    ),
  },
  { additionalProperties: false, default: {}, title: 'OptimStepRequest' },
)
export type OptimStepRequest = Static<typeof OptimStepRequest>

/** An update that is on record: it survives the worker. */
export const OptimStep = Type.Object(
  {
    object: Type.Literal('optim_step'),
    session: Type.String(),
    step: Type.Integer({ description: 'From 1.' }),
    updated: Type.Boolean({
      description: 'False where the gradient was not finite and `clipping.nonfinite` leaves the weights as they are.',
    }),
    finite: Type.Boolean({ description: 'Whether loss, gradient and update were finite.' }),
    loss: measured('Mean over the targets of all batches.'),
    grad_norm: measured('Before clipping.'),
    grad_norm_clipped: measured('After clipping.'),
    clip_coefficient: measured('What the gradient was multiplied by.'),
    learning_rate: Type.Number(),
  },
  { title: 'OptimStep' },
)
export type OptimStep = Static<typeof OptimStep>

/** Updates, and files of weights, of which a session says something. */
export const MOST_TOLD = 100

const Update = Type.Object({
  step: Type.Integer(),
  updated: Type.Boolean({ description: 'As in the answer to `optim_step`.' }),
  loss: measured('Mean over the targets of all batches.'),
  grad_norm: measured('Before clipping.'),
  grad_norm_clipped: measured('After clipping.'),
  learning_rate: Type.Number(),
})
export type SessionUpdate = Static<typeof Update>

/** A session with what it was last asked. */
export const SessionDetail = Type.Object(
  {
    ...Session.properties,
    updates: Type.Array(Update, {
      maxItems: MOST_TOLD,
      description: 'The newest acknowledged updates, in order.',
    }),
    batch: nullable(
      Type.Unsafe<Static<typeof ForwardBackward>>({
        ...ForwardBackward,
        description: 'The answer to the last batch; null before the first, and where it is kept no longer.',
      }),
    ),
    saved: Type.Array(
      Type.Object({
        weights: Type.String({ description: 'Id under `/v1/weights`.' }),
        name: Type.String(),
        step: Type.Integer(),
        bytes: Type.Integer(),
        created_at: time('When it was saved.'),
      }),
      { maxItems: MOST_TOLD, description: 'The newest saved weights that are not deleted, newest first.' },
    ),
  },
  { title: 'SessionDetail' },
)
export type SessionDetail = Static<typeof SessionDetail>

/** What a save is called. */
export const SessionSaveRequest = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'A name for users; that of the session and its step by default.',
      }),
    ),
  },
  { additionalProperties: false, default: {}, title: 'SessionSaveRequest' },
)
export type SessionSaveRequest = Static<typeof SessionSaveRequest>

/** What the network of a session answers now. */
export const SessionSample = Type.Object(
  {
    object: Type.Literal('sample'),
    session: Type.String(),
    step: Type.Integer({ description: 'Updates that its weights have.' }),
    predictions: Type.Optional(Type.Array(SequencePrediction, { description: 'One for each of `inputs`, in order.' })),
    symbols: Type.Optional(Type.Array(Type.String(), { description: 'What was written after `prompt`, without it.' })),
  },
  { title: 'SessionSample' },
)
export type SessionSample = Static<typeof SessionSample>
