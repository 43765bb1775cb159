import { Type, type Static } from 'typebox'
import { check, type Checked } from '../schema/check.ts'
import { variant } from '../schema/variant.ts'
import { integer } from '../schema/fields.ts'
import { parseJobSpec } from '../job/parse.ts'
import { TASK_SCHEMAS } from '../job/tasks/tasks.ts'
import { PosedTask } from './choice.ts'

export const TaskSampleRequest = Type.Object(
  {
    data: variant('task', TASK_SCHEMAS, {
      title: 'task_data',
      description: 'The task with its fields, as `data` of a job.',
    }),
    sequence_length: integer('T, the most time steps of a sequence.', { default: 100, minimum: 1, maximum: 100_000 }),
    seed: integer('Seed of a job: its evaluation has these sequences.', {
      default: 1,
      minimum: 0,
      maximum: 4_294_967_295,
    }),
    count: integer('Number of sequences.', { default: 3, minimum: 1, maximum: 100 }),
  },
  { additionalProperties: false, title: 'TaskSampleRequest' },
)
export type TaskSampleRequest = Static<typeof TaskSampleRequest>

export const TaskSamples = Type.Object(
  {
    object: Type.Literal('task_samples'),
    problem: PosedTask,
    samples: Type.Array(
      Type.Object({
        inputs: Type.Array(Type.Union([Type.Array(Type.Number()), Type.Integer()]), {
          description: 'Of each time step: X numbers, or a symbol from 0.',
        }),
        targets: Type.Array(Type.Union([Type.Array(Type.Number()), Type.Integer(), Type.Null()]), {
          description: 'Of each time step, or one: K numbers, a class from 0, or null where nothing is wanted.',
        }),
      }),
    ),
  },
  { title: 'TaskSamples' },
)
export type TaskSamples = Static<typeof TaskSamples>

/** With the rules between the fields of a job, such as that the task can be posed on so many steps. */
export function parseTaskSampleRequest(value: unknown): Checked<TaskSampleRequest> {
  const checked = check(TaskSampleRequest, value)
  if (!checked.ok) return checked
  const { data, sequence_length } = checked.value
  const parsed = parseJobSpec({ model: { cell: 'rnn' }, data, sequence_length })
  return parsed.ok ? checked : parsed
}
