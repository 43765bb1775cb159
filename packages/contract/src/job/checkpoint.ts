import { Type, type Static } from 'typebox'
import { integer } from '../schema/fields.ts'

/** When a run is saved, and how many of the saved states are kept. */
export const CheckpointPolicy = Type.Object(
  {
    every_steps: integer(
      'Steps between checkpoints; with 0 one is written only when the run is paused, handed over or has succeeded.',
      { default: 1000, minimum: 0, maximum: 100_000_000 },
    ),
    keep_latest: integer('Newest checkpoints that are kept.', { default: 1, minimum: 1, maximum: 1000 }),
    keep_best: integer(
      'Checkpoints of lowest evaluation loss, at their step or the last evaluation before it, that are kept besides.',
      {
        default: 1,
        minimum: 0,
        maximum: 1000,
      },
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'When a run is saved, and how many of the saved states are kept.',
  },
)
export type CheckpointPolicy = Static<typeof CheckpointPolicy>
