import { Type, type Static } from 'typebox'
import { EVALUATED_NAMES } from '../../metrics.ts'
import { integer, oneOf } from '../../schema/fields.ts'

/** The checkpoints of a run, and the number of them that are kept. */
export const CheckpointPolicy = Type.Object(
  {
    every_steps: integer(
      'Steps between checkpoints; with 0 one is written only at a pause, a drain or a preemption, and at success.',
      { default: 1000, minimum: 0, maximum: 100_000_000 },
    ),
    keep_latest: integer('Number of newest checkpoints that are kept.', { default: 1, minimum: 1, maximum: 1000 }),
    keep_best: integer(
      'Checkpoints that are best by `best_by`, at their step or the last evaluation before it, that are kept besides.',
      {
        default: 1,
        minimum: 0,
        maximum: 1000,
      },
    ),
    keep_spaced: integer(
      'Checkpoints at even distances over the run that are kept besides: as many at most, and half as many once there were as many. Any past step is computed again from the one before it (replay, fork).',
      { default: 4, minimum: 0, maximum: 1000 },
    ),
    best_by: oneOf('The series of evaluations that says which checkpoints are best.', EVALUATED_NAMES, {
      default: 'evaluation_loss',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'The checkpoints of a run, and the number of them that are kept.',
  },
)
export type CheckpointPolicy = Static<typeof CheckpointPolicy>
