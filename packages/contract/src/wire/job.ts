import { Type, type Static } from 'typebox'
import { Estimate } from '../job/estimate.ts'
import { JobSpecSchema, Metadata, type JobSpec } from '../job/job_spec.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { JOB_STATUSES, REASON_NAMES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'
import { LINES_TOLD } from './queue.ts'

const ReasonField = nullable(Type.Enum(REASON_NAMES, { type: 'string' }))

/** The engine and the settings that determine the numbers of an attempt, beside the specification. */
const ComputedBy = Type.Object({
  engine: Type.String({ description: 'Such as "tensorflow".' }),
  device: Type.String({ description: 'What the engine runs on, such as "cuda".' }),
  gpus: Type.Array(Type.String(), { description: 'uuids of the GPUs that compute it; none on a CPU.' }),
  shards: Type.Integer({ description: 'Equal parts that its batch is cut into.' }),
  tf32: Type.Boolean({
    description:
      'Whether operands of products may be rounded to TF32: it was allowed, by the job and on the worker, and the GPUs have it.',
  }),
  deterministic: Type.Boolean({ description: 'Whether the same bits come out each time.' }),
})

/** An attempt of a worker at a job. Its writes carry the epoch and are refused once a newer attempt exists. */
export const Attempt = Type.Object({
  epoch: Type.Integer({ description: 'Number of the attempt, from 1.' }),
  worker: Type.String(),
  started_at: time('When the worker took the job.'),
  ended_at: nullable(time('When the attempt ended.')),
  from_step: Type.Integer({ description: 'The step it went on from.' }),
  to_step: Type.Integer({ description: 'The last step it finished.' }),
  end_reason: ReasonField,
  computed_by: nullable(ComputedBy),
})
export type Attempt = Static<typeof Attempt>

export const JobError = Type.Object({
  code: Type.String(),
  message: Type.String(),
  pointer: nullable(Type.String({ description: 'The field of the specification that is to blame.' })),
})
export type JobError = Static<typeof JobError>

/** The result of a run: the last values of its series. */
export const JobResult = Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]))

/** The outcome of a run beside its state: a succeeded run has not necessarily learned anything. */
export const JobOutcome = Type.Object(
  {
    at_chance: Type.Boolean({
      description:
        'Whether its loss is not below 0.9 of what is reached without memory; so it is where the loss is NaN.',
    }),
    times_better_than_chance: nullable(
      Type.Number({
        description: 'Loss at chance by loss (on held-out data, where there are any); null where it is not finite.',
      }),
    ),
    updates_skipped: Type.Integer({ description: 'Updates that were dropped as they were not finite.' }),
    updates_zeroed: Type.Integer({ description: 'Updates in which elements that were not finite were set to 0.' }),
    findings: Type.Array(Type.Enum(FINDING_CODES, { type: 'string' }), {
      description: 'What the diagnosis found and still held at the end.',
    }),
  },
  { description: 'What it came to, beside its state; null until it has succeeded.' },
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
      eta_seconds: nullable(Type.Number({ description: 'Seconds left at the pace so far.' })),
    }),
    queue: Type.Object({
      position: nullable(
        Type.Integer({
          description: `Jobs in line before this one that a worker which may take it may take first; null when it is not queued. Where those ask for more than ${LINES_TOLD} sets of labels, at least so many.`,
        }),
      ),
      waiting_for: nullable(Type.String({ description: 'What the job waits for.' })),
      eta_seconds: nullable(
        Type.Number({
          description:
            'Seconds until a slot is expected to be free for it: jobs before it start in order, every job trains to max_steps at the pace that was last measured for one like it on the same engine and device; starting, evaluating and saving take no time, and no job comes, ends early or is preempted meanwhile. Null when it is not queued, and where eta_unknown says why.',
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
      description: 'Writes of workers that had lost the job to a newer attempt. None of them got in.',
    }),
    retry_of: nullable(Type.String({ description: 'The job that this one repeats.' })),
    forked_from: nullable(
      Type.Object(
        { checkpoint: Type.String(), step: Type.Integer() },
        { description: 'The checkpoint of that job which this one went on from.' },
      ),
    ),
    sweep: nullable(Type.String({ description: 'The sweep that it is a run of.' })),
    result: nullable(JobResult),
    outcome: nullable(JobOutcome),
    error: nullable(JobError),
    metadata: Metadata,
    kept: Type.Boolean({ description: 'Whether the job stays when others are deleted by their age.' }),
    revision: Type.Integer({ description: 'Counts the changes by PATCH. The ETag is made of it.' }),
  },
  { title: 'Job' },
)
export type Job = Omit<Static<typeof Job>, 'spec'> & { spec: JobSpec }
