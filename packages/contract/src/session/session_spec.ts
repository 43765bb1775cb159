import { Type, type Static } from 'typebox'
import { JobSpecSchema, Metadata, type JobSpec } from '../job/job_spec.ts'
import { RULES, memoryFault } from '../job/rules.ts'
import { Clipping } from '../job/sections/clipping.ts'
import { Model } from '../job/sections/model.ts'
import { Optimizer } from '../job/sections/optimizer.ts'
import { Resources } from '../job/sections/resources.ts'
import { Training } from '../job/sections/training.ts'
import { integer } from '../schema/fields.ts'
import { inspect, verdict, type Checked } from '../schema/check.ts'
import { isFull } from '../schema/fit.ts'
import { judge, type Rule } from '../schema/rule.ts'
import { SessionProblem, sessionProblem } from './session_problem.ts'

const { batch_size, gradient_accumulation, freeze, seed } = Training.properties
const { shards, max_memory_bytes } = Resources.properties

/** A session as posted: the sections of a job that decide the numbers of an update, and the problem in place of data. */
export const SessionSpecSchema = Type.Object(
  {
    name: JobSpecSchema.properties.name,
    model: Model,
    problem: SessionProblem,
    sequence_length: integer('T, time steps of a sequence, at most: shorter ones are padded.', {
      default: 100,
      minimum: 1,
      maximum: 100_000,
    }),
    clipping: Clipping,
    optimizer: Optimizer,
    training: Type.Object(
      {
        batch_size,
        gradient_accumulation,
        freeze,
        max_steps: integer('Number of updates over which the schedule of the learning rate runs.', {
          default: 1000,
          minimum: 1,
          maximum: 100_000_000,
        }),
        seed,
      },
      { additionalProperties: false, default: {}, description: 'Sizes of batches, and what trains.' },
    ),
    resources: Type.Object(
      { shards, max_memory_bytes },
      { additionalProperties: false, default: {}, description: 'What an update may take.' },
    ),
    metadata: Metadata,
  },
  {
    additionalProperties: false,
    title: 'SessionSpec',
    description: 'A network that is trained with batches of the client.',
  },
)
export type SessionSpec = Static<typeof SessionSpecSchema>

/** No part of a session reads its data: the problem stands in their place. */
const NO_DATA = { task: 'adding' } as const

/** The job whose updates are those of a session. */
export function sessionJob(spec: SessionSpec): JobSpec {
  const { problem: _, ...sections } = spec
  return inspect(JobSpecSchema, { ...sections, data: NO_DATA }).filled as JobSpec
}

/** A session as rules read it: as a job, whose data no rule can read, beside the problem that stands in their place. */
interface Judged extends JobSpec {
  readonly problem: SessionProblem
}

/** Rules that take the problem for the data. */
const OF_PROBLEM: readonly Rule<Judged>[] = [
  ({ model: { embedding_size: value }, problem: { inputs } }) =>
    value === null || inputs === 'symbols'
      ? undefined
      : {
          pointer: '/model/embedding_size',
          detail: `Must be null as the inputs are vectors, not symbols: current value is ${value}`,
          value,
        },
  (job) => memoryFault(job, sessionProblem(job.problem)),
]

/** Parses the specification of a session by the code that parses jobs: fills in defaults, or returns every fault at once. */
export function parseSessionSpec(value: unknown): Checked<SessionSpec> {
  const { filled: spec, faults, unsound } = inspect(SessionSpecSchema, value)
  if (isFull(faults) || unsound.includes('')) return verdict(spec, faults) // its valid part is unknown, or there is none
  const judged = { ...sessionJob(spec), problem: spec.problem }
  return verdict(spec, judge(judged, [...RULES, ...OF_PROBLEM], { faults, unsound: [...unsound, '/data'] }))
}
