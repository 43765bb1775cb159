import { Type, type Static } from 'typebox'
import { Estimate } from '../job/cost/estimate.ts'
import { Metadata } from '../job/job_spec.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { JOB_STATUSES } from '../lifecycle/states.ts'
import { Objective, SweepSpecSchema } from '../sweep/sweep_spec.ts'
import { nullable, time } from './nullable.ts'
import { QueueState } from './queue.ts'

/** States of a sweep: it runs until all planned jobs are created and have ended. */
export const SWEEP_STATUSES = ['running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const
export type SweepStatus = (typeof SWEEP_STATUSES)[number]

const CHANGES = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The values that the trial sets in the template, by JSON pointer.',
})

const value = (description: string) => nullable(Type.Union([Type.Number(), Type.String()], { description }))

/** One job of a sweep. */
export const SweepRun = Type.Object(
  {
    job: Type.String(),
    trial: Type.Integer({ description: 'Number of the trial, from 0.' }),
    point: Type.Integer({ description: 'Number of the point of the space, from 0: repeats share one.' }),
    rung: Type.Integer({ description: 'Number of the rung, from 0.' }),
    changes: CHANGES,
    status: nullable(
      Type.Enum(JOB_STATUSES, {
        type: 'string',
        description: 'State of the job; null before it is created and after it is deleted.',
      }),
    ),
    step: Type.Integer(),
    stopped_by: nullable(
      Type.Enum(FINDING_CODES, {
        type: 'string',
        description: 'The finding of stop_on at which the job ended; null for every other job.',
      }),
    ),
    value: value('Last value of the objective; null without a result.'),
  },
  { title: 'SweepRun', description: 'One job of a sweep.' },
)
export type SweepRun = Static<typeof SweepRun>

/** What the repeats of a point came to. */
export const SweepBand = Type.Object(
  {
    point: Type.Integer({ description: 'Number of the point of the space, from 0.' }),
    rung: Type.Integer({ description: 'Number of the rung, from 0.' }),
    changes: CHANGES,
    runs: Type.Integer({ description: 'Number of its runs.' }),
    values: Type.Integer({ description: 'Number of its runs that have a value of the objective.' }),
    min: value('Least value; null without any.'),
    median: value('Median of its ended runs, of which one without a value counts as the worst; null without any.'),
    max: value('Greatest value; null without any.'),
  },
  { title: 'SweepBand', description: 'What the repeats of a point came to.' },
)
export type SweepBand = Static<typeof SweepBand>

const RUNGS = Type.Array(
  Type.Object({
    trials: Type.Integer({ description: 'Maximal number of trials.' }),
    max_steps: nullable(Type.Integer({ description: 'Step to which they train; null if the trials define it.' })),
  }),
  { description: 'The rungs of the sweep. One except for successive halving.' },
)

const SUMMARY = {
  id: Type.String(),
  object: Type.Literal('sweep'),
  name: Type.String(),
  status: Type.Enum(SWEEP_STATUSES, { type: 'string' }),
  created_at: time('When the sweep was accepted.'),
  finished_at: nullable(time('When the last of its jobs ended.')),
  template: SweepSpecSchema.properties.template,
  space: SweepSpecSchema.properties.space,
  strategy: SweepSpecSchema.properties.strategy,
  objective: Objective,
  repeats: Type.Integer({ description: 'Runs of each point of the space.' }),
  stop_on: Type.Array(Type.Enum(FINDING_CODES, { type: 'string' }), {
    description: 'Findings of the diagnosis at which a trial ends.',
  }),
  metadata: Metadata,
  rungs: RUNGS,
  jobs: QueueState.properties.jobs,
  best: nullable(SweepRun),
}

/** A sweep in a list. */
export const SweepSummary = Type.Object(SUMMARY, { title: 'SweepSummary' })
export type SweepSummary = Static<typeof SweepSummary>

/** A sweep as the API returns it. */
export const Sweep = Type.Object(
  {
    ...SUMMARY,
    runs: Type.Array(SweepRun, { description: 'Its jobs: by rung, then by trial.' }),
    bands: Type.Array(SweepBand, { description: 'What the repeats of each point came to, by rung, then by point.' }),
  },
  { title: 'Sweep' },
)
export type Sweep = Static<typeof Sweep>

/** The dry run of a sweep. */
export const SweepDryRun = Type.Object(
  {
    object: Type.Literal('dry_run'),
    spec: SweepSpecSchema,
    rungs: RUNGS,
    runs: Type.Integer({ description: 'Maximal number of jobs of all rungs.' }),
    trials: Type.Array(Type.Object({ changes: CHANGES, estimate: Estimate }), {
      description: 'The trials, and the cost of a job of each.',
    }),
  },
  { title: 'SweepDryRun' },
)
export type SweepDryRun = Static<typeof SweepDryRun>
