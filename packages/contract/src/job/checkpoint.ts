import { Type, type Static } from 'typebox'
import { EVALUATED_NAMES } from '../metrics.ts'
import { integer, oneOf } from '../schema/fields.ts'

/** When a run is saved, and how many of the saved states are kept. */
export const CheckpointPolicy = Type.Object(
  {
    every_steps: integer(
      'Steps between checkpoints; with 0 one is written only when the run is paused, handed over or has succeeded.',
      { default: 1000, minimum: 0, maximum: 100_000_000 },
    ),
    keep_latest: integer('Newest checkpoints that are kept.', { default: 1, minimum: 1, maximum: 1000 }),
    keep_best: integer(
      'Checkpoints that are best by `best_by`, at their step or the last evaluation before it, that are kept besides.',
      {
        default: 1,
        minimum: 0,
        maximum: 1000,
      },
    ),
    best_by: oneOf('The series of evaluations that says which checkpoints are best.', EVALUATED_NAMES, {
      default: 'evaluation_loss',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'When a run is saved, and how many of the saved states are kept.',
  },
)
export type CheckpointPolicy = Static<typeof CheckpointPolicy>
