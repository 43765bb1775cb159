import { Type, type Static } from 'typebox'
import { Metadata } from '../job/job_spec.ts'
import { check, type Checked, type Fault } from '../schema/check.ts'
import { oneOf } from '../schema/fields.ts'
import { pointerOf } from '../schema/pointer.ts'
import { Space, isDrawn, pathOf, spaceFaults } from './space.ts'
import { Strategy } from './strategy.ts'

const METRICS = ['evaluation_loss', 'loss', 'evaluation_accuracy', 'accuracy'] as const

/** By what trials are compared. */
export const Objective = Type.Object(
  {
    metric: oneOf('The series whose last value counts.', METRICS, { default: 'evaluation_loss' }),
    goal: oneOf('Whether the least or the greatest value is the best.', ['min', 'max'], { default: 'min' }),
  },
  { additionalProperties: false, default: {}, description: 'By what trials are compared.' },
)
export type Objective = Static<typeof Objective>

/** A sweep as posted: many jobs of one template. */
export const SweepSpecSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'A name for people; the id unless given.' }),
    ),
    template: Type.Object(
      {},
      {
        additionalProperties: true,
        description: 'A job as it is posted, in which the fields that the space sets may be left out.',
      },
    ),
    space: Space,
    strategy: Strategy,
    objective: Objective,
    metadata: Metadata,
  },
  { additionalProperties: false, title: 'SweepSpec', description: 'Many jobs of one template.' },
)

/** A sweep with every default filled in, but for those of its template. */
export type SweepSpec = Static<typeof SweepSpecSchema>

/** Where the steps of a trial are said. */
const STEPS = '/training/max_steps'

/** A sweep from anything a client may send: defaults filled in, or every fault at once but those of its trials. */
export function parseSweepSpec(value: unknown): Checked<SweepSpec> {
  const checked = check(SweepSpecSchema, value)
  if (!checked.ok) return checked
  const { space } = checked.value
  const within = spaceFaults(space).map(({ pointer, ...fault }) => ({ pointer: `/space${pointer}`, ...fault }))
  const faults = [...within, ...strategyFaults(checked.value)]
  return faults.length === 0 ? checked : { ok: false, faults }
}

/** What of a space does not go with the strategy. */
function strategyFaults({ space, strategy }: SweepSpec): Fault[] {
  const isDrawing = 'samples' in strategy
  return Object.entries(space).flatMap(([key, dimension]) => {
    const pointer = `/space${pointerOf([key])}`
    if (isDrawn(dimension) && !isDrawing)
      return [
        {
          pointer: `${pointer}/distribution`,
          detail: `Must be values where strategy "${strategy.type}" has no samples to draw`,
        },
      ]
    if (strategy.type === 'successive_halving' && pointerOf(pathOf(key) ?? []) === STEPS)
      return [{ pointer, detail: 'Must be left out where strategy "successive_halving" says how long trials train' }]
    return []
  })
}
