import { Type, type Static } from 'typebox'
import { time } from './nullable.ts'

/** An uploaded data set. */
export const Dataset = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('dataset'),
    name: Type.String(),
    kind: Type.Enum(['text'], { type: 'string' }),
    bytes: Type.Integer(),
    sha256: Type.String({ description: 'Hex digest of the uploaded bytes.' }),
    characters: Type.Integer({ description: 'Unicode code points.' }),
    vocabulary_size: Type.Integer({ description: 'Distinct characters.' }),
    created_at: time('When the upload was complete.'),
  },
  { title: 'Dataset' },
)
export type Dataset = Static<typeof Dataset>
