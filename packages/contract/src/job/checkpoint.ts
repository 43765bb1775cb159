import { Type, type Static } from 'typebox'
import { integer } from '../schema/fields.ts'

/** The checkpoints of a run, and the number of them that are kept. */
export const CheckpointPolicy = Type.Object(
  {
    every_steps: integer(
      'Steps between checkpoints; with 0 one is written only at a pause, a drain or a preemption, and at success.',
      { default: 1000, minimum: 0, maximum: 100_000_000 },
    ),
    keep_latest: integer('Number of newest checkpoints that are kept.', { default: 1, minimum: 1, maximum: 1000 }),
    keep_best: integer(
      'Number of further checkpoints that are kept, those of lowest evaluation loss (at their step or the last evaluation before it).',
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
    description: 'The checkpoints of a run, and the number of them that are kept.',
  },
)
export type CheckpointPolicy = Static<typeof CheckpointPolicy>
