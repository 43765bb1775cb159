import { Type, type Static } from 'typebox'
import { integer, number, oneOf, orNull } from '../schema/fields.ts'

const SERIES = ['loss', 'accuracy', 'evaluation_loss', 'evaluation_accuracy'] as const

/** The length of a run, its batches and its evaluation. */
export const Training = Type.Object(
  {
    batch_size: integer('N, sequences of a batch (for text: streams read side by side).', {
      default: 32,
      minimum: 1,
      maximum: 65_536,
    }),
    max_steps: integer('Number of updates after which the run has succeeded.', {
      default: 1000,
      minimum: 1,
      maximum: 100_000_000,
    }),
    seed: integer('Seed of initial values and data: the same specification and seed give the same run.', {
      default: 1,
      minimum: 0,
      maximum: 4_294_967_295,
    }),
    evaluate_every: integer('Steps between evaluations on held-out data; 0 evaluates only at the end.', {
      default: 100,
      minimum: 0,
      maximum: 100_000_000,
    }),
    evaluation_batches: integer('Batches of one evaluation; fewer if the held-out part of a text has fewer windows.', {
      default: 4,
      minimum: 1,
      maximum: 10_000,
    }),
    early_stopping: orNull(
      Type.Object(
        {
          patience: integer('Evaluations without improvement before the run ends.', {
            default: 10,
            minimum: 1,
            maximum: 100_000,
          }),
          min_delta: number('The smallest decrease of the evaluation loss that counts as an improvement.', {
            default: 0,
            minimum: 0,
          }),
        },
        { additionalProperties: false, description: 'Ends the run when the evaluation loss no longer falls.' },
      ),
    ),
    target: orNull(
      Type.Object(
        {
          series: oneOf('The watched series.', SERIES, { default: 'evaluation_loss' }),
          below: Type.Optional(number('Reached when the series is below this.', {})),
          above: Type.Optional(number('Reached when the series is above this.', {})),
        },
        { additionalProperties: false, description: 'Ends the run as succeeded when a series reaches a value.' },
      ),
    ),
  },
  { additionalProperties: false, default: {}, description: 'The length of a run, its batches and its evaluation.' },
)
export type Training = Static<typeof Training>
