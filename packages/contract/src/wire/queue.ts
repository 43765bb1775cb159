import { Type, type Static } from 'typebox'
import { ACCELERATOR_CLASSES } from '../job/sections/accelerators.ts'
import { JOB_STATUSES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'

/** The waiting jobs of one accelerator class with the same labels, and the workers that may take them. */
export const Line = Type.Object({
  accelerator: Type.Enum([...ACCELERATOR_CLASSES], { type: 'string' }),
  labels: Type.Record(Type.String(), Type.String(), { description: 'Labels that the jobs ask for.' }),
  depth: Type.Integer({ description: 'Number of waiting jobs.' }),
  oldest_wait_seconds: nullable(Type.Number({ description: 'Longest waiting time; null without waiting jobs.' })),
  workers: Type.Integer({ description: 'Number of online workers that may take these jobs.' }),
  free_slots: Type.Integer({ description: 'Number of their free slots.' }),
  paused_at: nullable(time('Time since which the queue of the accelerator is paused; null if it is not.')),
})

/** Maximal number of label sets that are listed, for each accelerator class. */
export const LINES_TOLD = 128

/** The queue by accelerator class and labels, and jobs by state. */
export const QueueState = Type.Object(
  {
    object: Type.Literal('queue'),
    lines: Type.Array(Line, {
      description: `For each accelerator the jobs without labels; then for each accelerator the label sets of waiting jobs, ${LINES_TOLD} at most.`,
    }),
    jobs: Type.Object(
      Object.fromEntries(JOB_STATUSES.map((status) => [status, Type.Integer()])) as Record<
        (typeof JOB_STATUSES)[number],
        ReturnType<typeof Type.Integer>
      >,
      { description: 'Number of jobs in each state.' },
    ),
  },
  { title: 'Queue' },
)
export type QueueState = Static<typeof QueueState>
