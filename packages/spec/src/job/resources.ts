import { Type, type Static } from 'typebox'
import { ACCELERATOR_CLASSES } from './accelerators.ts'
import { integer, oneOf } from '../schema/fields.ts'
import { Labels } from './labels.ts'

/** What a job asks of a worker. */
export const Resources = Type.Object(
  {
    accelerator: oneOf('The kind of worker that may take the job.', ACCELERATOR_CLASSES, { default: 'any' }),
    labels: Labels,
    shards: integer(
      'The most equal parts a batch is cut into, computed side by side by an engine that can; its numbers depend on it.',
      {
        default: 2,
        minimum: 1,
        maximum: 64,
      },
    ),
    max_memory_bytes: integer('The memory a run may be estimated to need; a larger one is refused.', {
      default: 4 * 2 ** 30,
      minimum: 2 ** 20,
      maximum: 2 ** 44,
    }),
  },
  { additionalProperties: false, default: {}, description: 'What a job asks of a worker.' },
)
export type Resources = Static<typeof Resources>
