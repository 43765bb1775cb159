import { Type, type Static, type TProperties } from 'typebox'
import { integer, number, oneOf } from '../schema/fields.ts'
import { idPattern } from '../ids.ts'
import { variant } from '../schema/variant.ts'

function task<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { task: Type.Literal(name, { description }), ...own },
    { additionalProperties: false, title: name },
  )
}

/** Built-in tasks: sequences drawn afresh for every step from (seed, step). */
export const TASKS = [
  task('adding', 'The network adds two marked numbers of a sequence (Hochreiter and Schmidhuber 1997, experiment 4).', {
    range: oneOf('Range of the random numbers: [-1, 1] or [0, 1].', ['symmetric', 'unit'], {
      default: 'symmetric',
    }),
  }),
  task(
    'temporal_order',
    'The class is the order of two or three widely separated symbols (Hochreiter and Schmidhuber 1997, experiment 6).',
    {
      symbols: integer('Number of symbols that define the class: 2 gives 4 classes, 3 gives 8.', {
        default: 2,
        minimum: 2,
        maximum: 3,
      }),
    },
  ),
  task('copy', 'The network repeats at the end the symbols of the start (Arjovsky, Shah and Bengio 2016).', {
    symbols: integer('Size of the alphabet, blank and marker not counted.', { default: 8, minimum: 2, maximum: 100 }),
    length: integer('Number of symbols to remember.', { default: 10, minimum: 1, maximum: 1000 }),
  }),
  task(
    'noise_free_lag',
    'The network outputs the first symbol after a fixed lag (after Hochreiter and Schmidhuber 1997, experiment 2a, which has a target at every step; here the only loss is that of the last step).',
    {
      lag: integer('Steps from the symbol to its repetition; shorter than the sequence.', {
        default: 50,
        minimum: 1,
        maximum: 100_000,
      }),
    },
  ),
] as const

/** Training on an uploaded data set. */
export const DatasetReference = Type.Object(
  {
    dataset: Type.String({
      pattern: idPattern('dataset'),
      description: 'Id of an uploaded data set. Text trains next-symbol prediction, the state carried along the text.',
    }),
    validation_fraction: number('Share of the data, at its end, that is held out for evaluation.', {
      default: 0.05,
      minimum: 0,
      maximum: 0.5,
    }),
  },
  { additionalProperties: false, title: 'dataset' },
)

/** What is learned: a built-in task or an uploaded data set. */
export const Data = variant('task', [...TASKS, DatasetReference], {
  description: 'The training data: a built-in task (`task`) or an uploaded data set (`dataset`).',
})
export type Data = Static<typeof Data>
export type TaskData = Exclude<Data, { dataset: string }>
export type TaskName = TaskData['task']
