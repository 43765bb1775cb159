import { Type, type Static } from 'typebox'
import { integer } from '../schema/fields.ts'

/** When a run is saved, and how many of the saved states are kept. */
export const Checkpoint = Type.Object(
  {
    every_steps: integer('Steps between checkpoints; 0 writes none.', { default: 0, minimum: 0, maximum: 100_000_000 }),
    keep_latest: integer('Newest checkpoints that are kept.', { default: 1, minimum: 1, maximum: 1000 }),
    keep_best: integer('Checkpoints of lowest evaluation loss that are kept besides.', {
      default: 1,
      minimum: 0,
      maximum: 1000,
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'When a run is saved, and how many of the saved states are kept.',
  },
)
export type Checkpoint = Static<typeof Checkpoint>
