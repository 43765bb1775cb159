// Labels: properties of a worker beside its accelerator, which jobs may ask for.

import { Type } from 'typebox'
import { LABEL_WORD, MAX_LABELS, type Labels as LabelPairs } from './labels_text.ts'

/** Pairs of a name and a value. */
export const Labels = Type.Record(
  Type.String({ pattern: `^${LABEL_WORD}$` }),
  Type.String({ pattern: `^${LABEL_WORD}$` }),
  {
    maxProperties: MAX_LABELS,
    default: {},
    description: `Labels that a worker must have to take the job, such as \`{"pool": "a100"}\`: all of them, each with this value. Up to ${MAX_LABELS}.`,
  },
)
export type Labels = LabelPairs
