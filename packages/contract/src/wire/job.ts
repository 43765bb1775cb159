import { Type, type Static } from 'typebox'
import { Estimate } from '../job/cost/estimate.ts'
import { JobSpecSchema, Metadata, type JobSpec } from '../job/job_spec.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { JOB_STATUSES, REASON_NAMES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'
import { LINES_TOLD } from './queue.ts'
import { Initialisation } from './weights.ts'

const ReasonField = nullable(Type.Enum(REASON_NAMES, { type: 'string' }))

/** The engine and the settings that determine the numbers of an attempt, beside the specification. */
const ComputedBy = Type.Object({
  engine: Type.String({ description: 'Such as "tensorflow".' }),
  device: Type.String({ description: 'The device of the engine, such as "cuda".' }),
  gpus: Type.Array(Type.String(), { description: 'uuids of its GPUs; none on a CPU.' }),
  shards: Type.Integer({ description: 'Number of equal parts of its batch.' }),
  tf32: Type.Boolean({
    description:
      'Whether operands of products may be rounded to TF32: the job and the worker allowed it, and the GPUs support it.',
  }),
  deterministic: Type.Boolean({ description: 'Whether the bits are the same each time.' }),
})

/** An attempt of a worker at a job. Its writes carry the epoch and are refused once a newer attempt exists. */
export const Attempt = Type.Object({
  epoch: Type.Integer({ description: 'Number of the attempt, from 1.' }),
  worker: Type.String(),
  started_at: time('When the worker took the job.'),
  ended_at: nullable(time('When the attempt ended.')),
  from_step: Type.Integer({ description: 'The step from which it resumed.' }),
  to_step: Type.Integer({ description: 'The last completed step.' }),
  end_reason: ReasonField,
  computed_by: nullable(ComputedBy),
})
export type Attempt = Static<typeof Attempt>

export const JobError = Type.Object({
  code: Type.String(),
  message: Type.String(),
  pointer: nullable(Type.String({ description: 'The field of the specification that caused it.' })),
})
export type JobError = Static<typeof JobError>

/** The result of a run: the last values of its series. */
export const JobResult = Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]))

/** The outcome of a run beside its state: a succeeded run has not necessarily learned anything. */
export const JobOutcome = Type.Object(
  {
    at_chance: Type.Boolean({
      description: 'Whether its loss is at least 0.9 of the best loss without memory, or NaN.',
    }),
    times_better_than_chance: nullable(
      Type.Number({
        description: 'Loss at chance divided by loss (on held-out data, if any); null if it is not finite.',
      }),
    ),
    updates_skipped: Type.Integer({ description: 'Number of updates that were dropped because they were not finite.' }),
    updates_zeroed: Type.Integer({ description: 'Number of updates in which non-finite elements were set to 0.' }),
    findings: Type.Array(Type.Enum(FINDING_CODES, { type: 'string' }), {
      description: 'Findings of the diagnosis that still held at the end.',
    }),
  },
  { description: 'The outcome of the job beside its state; null until it has succeeded.' },
)
export type JobOutcome = Static<typeof JobOutcome>

/** A job as the API returns it. */
export const Job = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('job'),
    name: Type.String(),
    status: Type.Enum(JOB_STATUSES, { type: 'string' }),
    status_reason: ReasonField,
    created_at: time('When the job was accepted.'),
    started_at: nullable(time('When training first started.')),
    finished_at: nullable(time('When the job ended.')),
    spec: JobSpecSchema,
    estimate: Estimate,
    progress: Type.Object({
      step: Type.Integer(),
      max_steps: Type.Integer(),
      eta_seconds: nullable(Type.Number({ description: 'Remaining seconds at the speed so far.' })),
    }),
    queue: Type.Object({
      position: nullable(
        Type.Integer({
          description: `Number of waiting jobs that a worker may take before this one; null unless it is queued. A lower bound if those jobs have more than ${LINES_TOLD} sets of labels.`,
        }),
      ),
      waiting_for: nullable(Type.String({ description: 'What the job waits for.' })),
      eta_seconds: nullable(
        Type.Number({
          description:
            'Expected seconds until a slot is free for it. The forecast assumes that jobs before it start in order, that every job trains to max_steps with the last measured step time of a similar job on the same engine and device, that starting, evaluating and saving take no time, and that no job arrives, ends early or is preempted. Null unless it is queued, and if eta_unknown gives a reason.',
        }),
      ),
      eta_unknown: nullable(
        Type.String({
          description: 'Why eta_seconds of a queued job is null, such as a pace that was not measured yet.',
        }),
      ),
    }),
    attempts: Type.Array(Attempt),
    refused_writes: Type.Integer({
      description: 'Number of refused writes of workers that had lost the job to a newer attempt.',
    }),
    retry_of: nullable(Type.String({ description: 'The job that this one repeats.' })),
    forked_from: nullable(
      Type.Object(
        {
          job: Type.String({ description: 'The other job.' }),
          checkpoint: nullable(
            Type.String({
              description: 'The checkpoint of the other job that was copied; null where it had none before the step.',
            }),
          ),
          step: Type.Integer({ description: 'The last step of the other job that this one has made as well.' }),
        },
        {
          description:
            'The run of another job that this one goes on from, at a checkpoint (retry) or at any step (fork).',
        },
      ),
    ),
    initialisation: nullable(Initialisation),
    sweep: nullable(Type.String({ description: 'The sweep of the job.' })),
    result: nullable(JobResult),
    outcome: nullable(JobOutcome),
    error: nullable(JobError),
    metadata: Metadata,
    kept: Type.Boolean({ description: 'Whether the job is excluded from retention.' }),
    revision: Type.Integer({ description: 'The number of changes by PATCH, which is in the ETag.' }),
  },
  { title: 'Job' },
)
export type Job = Omit<Static<typeof Job>, 'spec'> & { spec: JobSpec }
