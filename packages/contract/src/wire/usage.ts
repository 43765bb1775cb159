import { Type, type Static } from 'typebox'
import { nullable, time } from './nullable.ts'
import { QueueState } from './queue.ts'

const Kept = Type.Object({ count: Type.Integer(), bytes: Type.Integer() })

/** The training of one day. */
export const TrainingUse = Type.Object({
  date: Type.String({ format: 'date', description: 'The day, in UTC.' }),
  engine: Type.String(),
  device: Type.String(),
  project: nullable(Type.String({ description: 'The `project` of the metadata of the jobs; null for those without.' })),
  seconds: Type.Number({
    description: 'Training time of attempts, to half a second for each. Two attempts at the same time count twice.',
  }),
  steps: Type.Integer({ description: 'Trained steps, including repeated ones.' }),
})
export type TrainingUse = Static<typeof TrainingUse>

/** The storage and the training of the service. */
export const Usage = Type.Object(
  {
    object: Type.Literal('usage'),
    jobs: { ...QueueState.properties.jobs, description: 'Current number of jobs in each state.' },
    redis: Type.Object({
      as_of: time('Start of this measurement; the next one begins a minute later at the earliest.'),
      memory_bytes: Type.Integer({ description: 'Bytes of everything in the server, including data of others.' }),
      rows: Type.Object(
        { jobs: Type.Integer(), bytes: Type.Integer() },
        { description: 'Rows of metrics that are not in Arrow files, and the number of their jobs.' },
      ),
    }),
    artifacts: Type.Object({
      as_of: time('Start of this measurement; the next one begins a minute later at the earliest.'),
      checkpoints: Kept,
      models: Kept,
      weights: Kept,
      archived_rows: Kept,
      datasets: Kept,
      other: Kept,
    }),
    training: Type.Object({
      as_of: time('Time of the reading.'),
      from: Type.String({ format: 'date', description: 'The first day, in UTC.' }),
      to: Type.String({ format: 'date', description: 'The last day.' }),
      since: nullable(time('Start of the count; null before any training.')),
      days: Type.Array(TrainingUse, { description: 'All training by day, engine, device and project.' }),
    }),
  },
  { title: 'Usage' },
)
export type Usage = Static<typeof Usage>
