import { Type, type Static } from 'typebox'
import { ACCELERATOR_CLASSES } from './accelerators.ts'
import { integer, oneOf } from '../../schema/fields.ts'
import { Labels } from './labels.ts'

/** Of a machine that is to be had. */
const MOST_GPUS = 16

/** The requirements of a job on its worker. */
export const Resources = Type.Object(
  {
    accelerator: oneOf('The accelerator of workers that may take the job.', ACCELERATOR_CLASSES, { default: 'any' }),
    labels: Labels,
    gpus: Type.Optional(
      integer(
        'Number of GPUs of one machine that compute each update together, each its shards of the batch; more than one only with `accelerator` "gpu". The numbers are those of as many shards on one GPU.',
        { default: 1, minimum: 1, maximum: MOST_GPUS },
      ),
    ),
    shards: Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 64 })], {
      default: 'auto',
      description:
        'Maximal number of equal parts of a batch, which an engine may compute in parallel; the numbers of the run depend on it. `auto`: one for each GPU, 2 on a CPU.',
    }),
    tf32: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether a GPU may round the operands of products to TF32, with 10 bits of mantissa instead of 23, which is faster; otherwise it computes in float32, as a CPU always does.',
      }),
    ),
    deterministic: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether a GPU must return the same bits each time, as a CPU always does: otherwise sums may have any order, which can be faster, and a run that resumes from a checkpoint may differ in the last bits.',
      }),
    ),
    max_memory_bytes: integer(
      'Largest estimated memory of the run, on each GPU if it asks for GPUs; a job with a larger estimate is refused.',
      {
        default: 4 * 2 ** 30,
        minimum: 2 ** 20,
        maximum: 2 ** 44,
      },
    ),
  },
  { additionalProperties: false, default: {}, description: 'The requirements of a job on its worker.' },
)
export type Resources = Static<typeof Resources>
