import { Type, type Static } from 'typebox'
import { idPattern } from '../ids.ts'
import { integer, oneOf } from '../schema/fields.ts'
import { ItemisedMatrix } from './matrix.ts'
import { measured } from './measured.ts'
import { nullable, time } from './nullable.ts'

/** What may be looked at of a past step, beside its numbers. */
export const OBSERVED_IN_REPLAY = ['flow', 'probe', 'matrix', 'lyapunov', 'saturation', 'gates', 'states'] as const
export type ObservedInReplay = (typeof OBSERVED_IN_REPLAY)[number]

const Observations = (description: string) =>
  Type.Array(oneOf('What is looked at.', OBSERVED_IN_REPLAY), { uniqueItems: true, description })

/** Which past step is computed again. */
export const ReplayRequest = Type.Object(
  {
    step: integer('The update that is computed again, as the rows of the run count them.', {
      minimum: 1,
      maximum: 1_000_000_000,
    }),
    observe: Type.Optional(
      Observations(
        'What is looked at, whatever the run observes: the flow and the probe flow at every time step, the itemised matrix, Lyapunov exponents, saturation and spectral radii as series, the mean of each gate and the norm of each state at every time step; flow unless given.',
      ),
    ),
  },
  { additionalProperties: false, title: 'ReplayRequest' },
)
export type ReplayRequest = Static<typeof ReplayRequest>

const byTimestep = (description: string) => Type.Array(measured(description))

/** A layer at a past step: norms as the flow has them, and means over the batch. */
const ReplayedLayer = Type.Object({
  name: Type.String({ description: 'Such as `layers.0`, or `layers.0.backward` of one of two directions.' }),
  log10_norm: Type.Optional(byTimestep('log₁₀‖∂L/∂h_t‖.')),
  cell_state: Type.Optional(byTimestep('log₁₀‖∂L/∂c_t‖, where the cell has a memory cell.')),
  probe: Type.Optional(byTimestep('log₁₀‖∂L_T/∂h_t‖.')),
  rounded: Type.Optional(
    Type.Integer({ description: 'Derivatives that the engine rounded to 0 where that becomes an exact zero.' }),
  ),
  matrix: Type.Optional(ItemisedMatrix),
  gates: Type.Optional(
    Type.Record(Type.String(), byTimestep('Mean over the batch and the units.'), {
      description: 'Logistic gates by their letters.',
    }),
  ),
  states: Type.Optional(
    Type.Record(Type.String(), byTimestep('Root of the mean square over the batch and the units.'), {
      description: 'States by their names.',
    }),
  ),
})

/** Where the numbers of an update are first not finite. */
const NonfiniteOrigin = Type.Object(
  {
    pass: Type.Enum(['forward', 'loss', 'backward', 'update'], {
      type: 'string',
      description:
        'On the way to the loss, in the loss, on the way back, or first in the sums over time steps: the gradient of the weights, its norm, or the update.',
    }),
    layer: nullable(Type.Integer({ description: 'From 0, as the flow counts them.' })),
    timestep: nullable(Type.Integer({ description: 'From 1, in the order in which the layer reads, as in the flow.' })),
    state: nullable(
      Type.String({
        description: 'The state whose value, or on the way back whose gradient, is not finite there; null if none is.',
      }),
    ),
    gate: nullable(
      Type.String({
        description:
          'The gate or candidate, by letter, through which it came: on the way to the loss the one that is not finite; on the way back the one with the largest gradient at the step from which the state was sent its own.',
      }),
    ),
  },
  {
    description:
      'Where the numbers of the step are first not finite, in the order of the computation: layers upwards, time steps in reading order; then back.',
  },
)
export type NonfiniteOrigin = Static<typeof NonfiniteOrigin>

/** A past step as it was computed again. */
export const ReplayResult = Type.Object(
  {
    series: Type.Record(Type.String(), measured('The value of a series at this step.')),
    layers: Type.Array(ReplayedLayer, { description: 'As the flow counts them; what was not looked at is absent.' }),
    origin: nullable(NonfiniteOrigin),
    engine: Type.Object({
      name: Type.String(),
      device: Type.String(),
      is_same: Type.Boolean({
        description: 'Whether engine, device and versions are those of the checkpoint; true without one.',
      }),
    }),
    verified: Type.Object(
      {
        rows: Type.Integer({
          description: 'Rows of the run from the checkpoint to the step that were held against it.',
        }),
        equal: Type.Integer({
          description: 'Those whose loss, gradient norms and flow have the same bits.',
        }),
        first_difference: nullable(Type.Integer({ description: 'The first step that differs.' })),
      },
      { description: 'What was computed again held against what was recorded.' },
    ),
    computed_steps: Type.Integer({ description: 'Updates that were computed again, the step included.' }),
  },
  { title: 'ReplayResult' },
)
export type ReplayResult = Static<typeof ReplayResult>

/** The computation of a past step, on request. */
export const Replay = Type.Object(
  {
    id: Type.String({ pattern: idPattern('replay') }),
    object: Type.Literal('replay'),
    job: Type.String(),
    step: Type.Integer(),
    observe: Observations('What is looked at.'),
    checkpoint: nullable(
      Type.Object(
        { id: Type.String(), step: Type.Integer() },
        { description: 'The checkpoint before the step; null where it starts from the first weights.' },
      ),
    ),
    status: Type.Enum(['queued', 'running', 'succeeded', 'failed'], { type: 'string' }),
    created_at: time('When it was requested.'),
    finished_at: nullable(time('When it ended.')),
    result: nullable(ReplayResult),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why it failed.' })),
  },
  { title: 'Replay' },
)
export type Replay = Static<typeof Replay>
