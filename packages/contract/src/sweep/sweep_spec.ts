import { Type, type Static } from 'typebox'
import { EVALUATED, EVALUATED_NAMES } from '../metrics.ts'
import { Metadata } from '../job/job_spec.ts'
import { parseJobSpec } from '../job/parse.ts'
import { findingCodes } from '../job/sections/on_finding.ts'
import { inspect, verdict, type Checked } from '../schema/check.ts'
import type { Fault } from '../schema/fault.ts'
import { integer, oneOf } from '../schema/fields.ts'
import { isFull } from '../schema/fit.ts'
import { overlap, formatPointer, valueAt } from '../schema/pointer.ts'
import { isRecord } from '../schema/record.ts'
import { isSound, judge, type Rule } from '../schema/rule.ts'
import { withChanges } from './changes.ts'
import { SIZE_RULES } from './size.ts'
import { MAX_FIELDS, MAX_TRIALS, Space, isDrawn, parsePath, spaceRules } from './space.ts'
import { Strategy } from './strategy.ts'

const METRICS = ['loss', 'accuracy', ...EVALUATED_NAMES] as const

/** Whether the least or the greatest value of a series is the best. */
const GOALS_OF = { loss: 'min', accuracy: 'max', ...EVALUATED } as const

const COMPARED = 'The criterion that compares trials.'
const METRIC = oneOf('The series whose last value is compared.', METRICS, { default: 'evaluation_loss' })
const GOALS = ['min', 'max'] as const

/** The criterion that compares trials. */
export const Objective = Type.Object(
  { metric: METRIC, goal: oneOf('Whether the minimum or the maximum is the best.', GOALS) },
  { additionalProperties: false, description: COMPARED },
)
export type Objective = Static<typeof Objective>

const GivenObjective = Type.Object(
  {
    metric: METRIC,
    goal: Type.Optional(
      oneOf(
        'Whether the least or the greatest value is the best; max of an accuracy or F1, min of a loss or an error unless given.',
        GOALS,
      ),
    ),
  },
  { additionalProperties: false, default: {}, description: COMPARED },
)

/** The body of a sweep request: many jobs from one template. */
export const SweepSpecSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'A name for users; the id by default.' }),
    ),
    template: Type.Object(
      {},
      {
        additionalProperties: true,
        description: 'The body of a job request, in which the fields that the space sets are optional.',
      },
    ),
    space: Space,
    strategy: Strategy,
    objective: GivenObjective,
    repeats: Type.Optional(
      integer(
        'Runs of each point of the space: with the seed of the template, the next one, and so on. Points are compared by the median of their runs.',
        { default: 1, minimum: 1, maximum: 32 },
      ),
    ), // both absent from older records
    stop_on: Type.Optional(
      findingCodes(
        'Findings of the diagnosis at which a trial ends, such as "vanishing", "exploding" and "horizon_short": it fails with reason stopped_by_finding, and has no value. Where findings stop every trial of a rung of successive halving, those that went furthest go on.',
        { default: [] },
      ),
    ),
    metadata: Metadata,
  },
  { additionalProperties: false, title: 'SweepSpec', description: 'Many jobs from one template.' },
)

/** A sweep with every default filled in, except those of its template. */
export type SweepSpec = Omit<Static<typeof SweepSpecSchema>, 'objective'> & { objective: Objective }

/** The field of the number of steps of a trial. */
const STEPS = '/training/max_steps'
/** The field in which the repeats of a point differ. */
export const SEED = '/training/seed'

/**
 * Parses a sweep from any value: fills in defaults, or returns every fault at once, including those of its template.
 * Invalid values of a space are found when each trial is expanded.
 */
export function parseSweepSpec(value: unknown): Checked<SweepSpec> {
  const { filled, faults, unsound } = inspect(SweepSpecSchema, value)
  const sweep = withGoal(filled, faults)
  const keys = isRecord(sweep) && isRecord(sweep.space) ? Object.keys(sweep.space) : undefined
  if (keys === undefined || keys.length > MAX_FIELDS || isFull(faults)) return verdict(sweep, faults)
  const found = judge(sweep, buildRules(keys), { faults, unsound })
  return verdict(sweep, found.length === 0 ? found : [...found, ...templateFaults(sweep, found)])
}

/** A default that follows from another field, which JSON Schema cannot say. */
function withGoal(sweep: Static<typeof SweepSpecSchema>, faults: readonly Fault[]): SweepSpec {
  if (isFull(faults) || !isSound('/objective', faults)) return sweep as SweepSpec // refused without a check
  const { metric } = sweep.objective
  const usual = GOALS_OF[metric]
  return { ...sweep, objective: { goal: usual, ...sweep.objective } }
}

/** The constraints between the fields of a sweep with these keys in its space. */
function buildRules(keys: readonly string[]): Rule<SweepSpec>[] {
  return [
    ...keys.flatMap((key) => {
      const pointer = `/space${formatPointer([key])}`
      return [
        (sweep: SweepSpec) => undrawn(`${pointer}/distribution`, key, sweep),
        ...spaceRules(key, keys),
        (sweep: SweepSpec) => stepsSetTwice(pointer, key, sweep),
        (sweep: SweepSpec) => seedSetTwice(pointer, key, sweep),
      ]
    }),
    ...SIZE_RULES,
    combinationsAreFew,
    repeatsAreFew,
    ...['on_finding', 'act_on'].map((name) => (sweep: SweepSpec) => stopFault(name, sweep)),
  ]
}

function undrawn(pointer: string, key: string, { space, strategy }: SweepSpec): Fault | undefined {
  const dimension = space[key]
  if (dimension === undefined || !isDrawn(dimension) || 'samples' in strategy) return undefined
  return { pointer, detail: `Must be values where strategy "${strategy.type}" has no samples to draw` }
}

function stepsSetTwice(pointer: string, key: string, { strategy }: SweepSpec): Fault | undefined {
  if (strategy.type !== 'successive_halving' || formatPointer(parsePath(key) ?? []) !== STEPS) return undefined
  return { pointer, detail: 'Must be left out where strategy "successive_halving" says how long trials train' }
}

function stopFault(name: string, { template, stop_on: stops = [] }: SweepSpec): Fault | undefined {
  if (name === 'on_finding' && valueAt(template, '/on_finding') === 'fork')
    return { pointer: `/template/${name}`, detail: 'Must not be "fork", as a fork is no trial of the sweep' }
  if (stops.length === 0 || !Object.hasOwn(template, name)) return undefined
  return { pointer: `/template/${name}`, detail: 'Must be left out where stop_on says what ends a trial' }
}

function countCombinations({ space }: Pick<SweepSpec, 'space'>): number {
  return Object.values(space).reduce(
    (product, dimension) => product * (isDrawn(dimension) ? 1 : dimension.values.length),
    1,
  )
}

function combinationsAreFew({ space, strategy }: SweepSpec): Fault | undefined {
  if ('samples' in strategy) return undefined
  const count = countCombinations({ space })
  if (count <= MAX_TRIALS) return undefined
  return {
    pointer: '/space',
    detail: `Must have at most ${MAX_TRIALS} combinations of values: current number is ${count}`,
    value: count,
  }
}

function repeatsAreFew({ space, strategy, repeats = 1 }: SweepSpec): Fault | undefined {
  const points =
    'samples' in strategy ? (strategy.samples ?? countCombinations({ space })) : countCombinations({ space })
  if (repeats === 1 || points * repeats <= MAX_TRIALS) return undefined
  const detail = `Must make at most ${MAX_TRIALS} runs of ${points} points: current value is ${repeats}`
  return { pointer: '/repeats', detail, value: repeats }
}

function seedSetTwice(pointer: string, key: string, { repeats = 1 }: SweepSpec): Fault | undefined {
  if (repeats === 1 || !overlap(formatPointer(parsePath(key) ?? ['']), SEED)) return undefined
  return { pointer, detail: 'Must be left out where repeats sets the seed of each run' }
}

/** A value that no field of a job may have: its faults are those of its place only. */
const OPEN: readonly never[] = []

/** The faults of the template of a sweep for all values of its trials; `faults` are those of the rest of the sweep. */
export function templateFaults({ template, space, strategy }: SweepSpec, faults: readonly Fault[]): Fault[] {
  if (!isSound('/template', faults)) return []
  const set = Object.keys(space).flatMap((key) => {
    const path = parsePath(key)
    return path === undefined ? [] : [formatPointer(path)]
  })
  if (isSound('/strategy/type', faults) && strategy.type === 'successive_halving') set.push(STEPS)
  const parsed = parseJobSpec(withChanges(template, Object.fromEntries(set.map((field) => [field, OPEN]))))
  if (parsed.ok) return []
  return parsed.faults
    .filter(({ pointer }) => !set.some((field) => overlap(field, pointer)))
    .map(({ pointer, ...fault }) => ({ pointer: `/template${pointer}`, ...fault }))
}
