import { Type, type Static } from 'typebox'
import { ACCELERATOR_CLASSES } from './accelerators.ts'
import { integer, oneOf } from '../schema/fields.ts'
import { Labels } from './labels.ts'

/** Of a machine that is to be had. */
const MOST_GPUS = 16

/** What a job asks of a worker. */
export const Resources = Type.Object(
  {
    accelerator: oneOf('The kind of worker that may take the job.', ACCELERATOR_CLASSES, { default: 'any' }),
    labels: Labels,
    gpus: Type.Optional(
      integer(
        'GPUs of one machine that compute each update together, each its shards of the batch; more than one with `accelerator` "gpu" alone. The numbers are those of as many shards on one GPU.',
        { default: 1, minimum: 1, maximum: MOST_GPUS },
      ),
    ),
    shards: Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 64 })], {
      default: 'auto',
      description:
        'The most equal parts a batch is cut into, computed side by side by an engine that can; its numbers depend on it. `auto`: one for each GPU, 2 on a CPU.',
    }),
    tf32: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether a GPU may round the operands of products to TF32, with 10 bits of mantissa in place of 23, which is faster; without, it computes in float32, as a CPU always does.',
      }),
    ),
    deterministic: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether a GPU must give the same bits each time, as a CPU always does: without, sums may be added up in any order, which can be faster, and a run that goes on from a checkpoint may differ in the last bits.',
      }),
    ),
    max_memory_bytes: integer(
      'The memory a run may be estimated to need, on each GPU where it asks for those; a larger one is refused.',
      {
        default: 4 * 2 ** 30,
        minimum: 2 ** 20,
        maximum: 2 ** 44,
      },
    ),
  },
  { additionalProperties: false, default: {}, description: 'What a job asks of a worker.' },
)
export type Resources = Static<typeof Resources>
