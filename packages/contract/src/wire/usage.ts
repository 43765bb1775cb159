import { Type, type Static } from 'typebox'
import { JOB_STATUSES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'

const Kept = Type.Object({ count: Type.Integer(), bytes: Type.Integer() })

/** The training of one day. */
export const TrainingUse = Type.Object({
  date: Type.String({ format: 'date', description: 'The day, in UTC.' }),
  engine: Type.String(),
  device: Type.String(),
  project: nullable(Type.String({ description: 'The `project` of the metadata of the jobs; null for those without.' })),
  seconds: Type.Number({
    description: 'Time that attempts trained, to half a second of each. Two that train at a time count twice.',
  }),
  steps: Type.Integer({ description: 'Steps trained, those that an attempt trained again among them.' }),
})
export type TrainingUse = Static<typeof TrainingUse>

/** The storage and the training of the service. */
export const Usage = Type.Object(
  {
    object: Type.Literal('usage'),
    jobs: Type.Object(
      Object.fromEntries(JOB_STATUSES.map((status) => [status, Type.Integer()])) as Record<
        (typeof JOB_STATUSES)[number],
        ReturnType<typeof Type.Integer>
      >,
      { description: 'Jobs in each state, now.' },
    ),
    redis: Type.Object({
      as_of: time('When the look at this began; the next one begins a minute later at the earliest.'),
      memory_bytes: Type.Integer({ description: 'All that the server holds, whosever it is.' }),
      rows: Type.Object(
        { jobs: Type.Integer(), bytes: Type.Integer() },
        { description: 'Rows of metrics that have not left for Arrow files, and of how many jobs they are.' },
      ),
    }),
    artifacts: Type.Object({
      as_of: time('When the look at this began; the next one begins a minute later at the earliest.'),
      checkpoints: Kept,
      archived_rows: Kept,
      datasets: Kept,
      other: Kept,
    }),
    training: Type.Object({
      as_of: time('When this was read.'),
      from: Type.String({ format: 'date', description: 'The first day, in UTC.' }),
      to: Type.String({ format: 'date', description: 'The last day.' }),
      since: nullable(time('From when on training is counted; null while there was none.')),
      days: Type.Array(TrainingUse, { description: 'By day, engine, device and project; nothing else was trained.' }),
    }),
  },
  { title: 'Usage' },
)
export type Usage = Static<typeof Usage>
