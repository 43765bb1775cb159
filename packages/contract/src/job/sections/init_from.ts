import { Type, type Static } from 'typebox'
import { CHECKPOINT_CHOICE, MODEL_NAME, MODEL_VERSION, idPattern } from '../../ids.ts'
import { orNull } from '../../schema/fields.ts'

/** What a job starts from in place of initial values: exactly one source. */
const InitialSource = Type.Object(
  {
    job: Type.Optional(
      Type.String({ pattern: idPattern('job'), description: 'A job, one of whose checkpoints is the source.' }),
    ),
    checkpoint: Type.Optional(
      Type.String({
        pattern: CHECKPOINT_CHOICE,
        description:
          'Of that job: a checkpoint by its id, "latest" or "best" (which is taken if it is left out). The stored job has the id.',
      }),
    ),
    model: Type.Optional(Type.String({ pattern: MODEL_NAME, description: 'A registered model that is the source.' })),
    version: Type.Optional(
      Type.String({
        pattern: MODEL_VERSION,
        description:
          'Of that model: a version by its number or an alias; `production`, else the newest, if it is left out. The stored job has the number.',
      }),
    ),
    weights: Type.Optional(
      Type.String({
        pattern: idPattern('weights'),
        description: 'Uploaded weights (`POST /v1/weights`) that are the source.',
      }),
    ),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'Hex digest of the file of the source; any if it is left out. The stored job has it.',
      }),
    ),
    strict: Type.Boolean({
      default: true,
      description:
        'Whether the source must have every parameter of the network, in its shape, and nothing else; false takes what matches and lists the rest.',
    }),
    optimizer: Type.Boolean({
      default: false,
      description:
        'Whether the moments of the optimizer, the averages of the weights, the memory of the clipping policy and the number of updates are taken as well; only a state of ours has them.',
    }),
  },
  { additionalProperties: false, description: 'Where the first weights come from; null for initial values.' },
)

export const InitFrom = orNull(InitialSource)
export type InitFrom = Static<typeof InitialSource>
