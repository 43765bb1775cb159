import { Type, type Static } from 'typebox'
import { Estimate } from '../job/estimate.ts'
import { Metadata } from '../job/job_spec.ts'
import { JOB_STATUSES } from '../lifecycle/states.ts'
import { Objective, SweepSpecSchema } from '../sweep/sweep_spec.ts'
import { nullable, time } from './nullable.ts'
import { QueueState } from './queue.ts'

/** States of a sweep: it runs until all planned jobs are created and have ended. */
export const SWEEP_STATUSES = ['running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const
export type SweepStatus = (typeof SWEEP_STATUSES)[number]

const CHANGES = Type.Record(Type.String(), Type.Unknown(), {
  description: 'What the trial sets in the template, by JSON pointer.',
})

/** One job of a sweep. */
export const SweepRun = Type.Object(
  {
    job: Type.String(),
    trial: Type.Integer({ description: 'Number of the point of the space, from 0.' }),
    rung: Type.Integer({ description: 'How often the trial was chosen to go on.' }),
    changes: CHANGES,
    status: nullable(
      Type.Enum(JOB_STATUSES, {
        type: 'string',
        description: 'State of the job; null while it is being made, and once it is deleted.',
      }),
    ),
    step: Type.Integer(),
    value: nullable(
      Type.Union([Type.Number(), Type.String()], {
        description: 'Last value of the objective; null without a result.',
      }),
    ),
  },
  { title: 'SweepRun', description: 'One job of a sweep.' },
)
export type SweepRun = Static<typeof SweepRun>

const RUNGS = Type.Array(
  Type.Object({
    trials: Type.Integer({ description: 'Trials that take part, at most.' }),
    max_steps: nullable(Type.Integer({ description: 'Step to which they train; null where the trials say it.' })),
  }),
  { description: 'The rounds of the sweep. One but for successive halving.' },
)

const SUMMARY = {
  id: Type.String(),
  object: Type.Literal('sweep'),
  name: Type.String(),
  status: Type.Enum(SWEEP_STATUSES, { type: 'string' }),
  created_at: time('When the sweep was accepted.'),
  finished_at: nullable(time('When the last of its jobs had ended.')),
  template: SweepSpecSchema.properties.template,
  space: SweepSpecSchema.properties.space,
  strategy: SweepSpecSchema.properties.strategy,
  objective: Objective,
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
  { ...SUMMARY, runs: Type.Array(SweepRun, { description: 'Its jobs: by rung, then by trial.' }) },
  { title: 'Sweep' },
)
export type Sweep = Static<typeof Sweep>

/** The dry run of a sweep. */
export const SweepDryRun = Type.Object(
  {
    object: Type.Literal('dry_run'),
    spec: SweepSpecSchema,
    rungs: RUNGS,
    runs: Type.Integer({ description: 'Jobs of all rungs, at most.' }),
    trials: Type.Array(Type.Object({ changes: CHANGES, estimate: Estimate }), {
      description: 'The points of the space that are tried, and what one job of each costs.',
    }),
  },
  { title: 'SweepDryRun' },
)
export type SweepDryRun = Static<typeof SweepDryRun>
