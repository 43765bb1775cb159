import { Type, type Static } from 'typebox'
import { ACCELERATOR_CLASSES } from '../job/accelerators.ts'
import { JOB_STATUSES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'

/** The waiting jobs of one accelerator class with the same labels, and the workers that may take them. */
export const Line = Type.Object({
  accelerator: Type.Enum([...ACCELERATOR_CLASSES], { type: 'string' }),
  labels: Type.Record(Type.String(), Type.String(), { description: 'Labels that the jobs ask for.' }),
  depth: Type.Integer({ description: 'Jobs in line.' }),
  oldest_wait_seconds: nullable(
    Type.Number({ description: 'How long the job that has been in line longest has been there; null when none is.' }),
  ),
  workers: Type.Integer({ description: 'Workers online that may take these jobs.' }),
  free_slots: Type.Integer({ description: 'Slots of those workers that train nothing.' }),
  paused_at: nullable(
    time('Since when none of the jobs that ask for the accelerator is handed out; null while they are.'),
  ),
})

/** Maximal number of label sets that are listed, for each accelerator class. */
export const LINES_TOLD = 128

/** The queue by accelerator class and labels, and jobs by state. */
export const QueueState = Type.Object(
  {
    object: Type.Literal('queue'),
    lines: Type.Array(Line, {
      description: `Of each accelerator jobs without labels; then of each accelerator the sets of labels that jobs in line ask for, ${LINES_TOLD} at most.`,
    }),
    jobs: Type.Object(
      Object.fromEntries(JOB_STATUSES.map((status) => [status, Type.Integer()])) as Record<
        (typeof JOB_STATUSES)[number],
        ReturnType<typeof Type.Integer>
      >,
      { description: 'Jobs in each state.' },
    ),
  },
  { title: 'Queue' },
)
export type QueueState = Static<typeof QueueState>
