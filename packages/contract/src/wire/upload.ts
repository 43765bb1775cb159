import { Type, type Static } from 'typebox'

/** What clients name uploads by that they send in parts. */
export const UPLOAD_KEY = Type.String({
  pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$',
  description: 'The name of the upload, chosen by the client: 1 to 128 letters, digits, `.`, `_` and `-`.',
})

/** An upload that is sent in parts. */
export const Upload = Type.Object(
  {
    object: Type.Literal('upload'),
    key: UPLOAD_KEY,
    offset: Type.Integer({
      minimum: 0,
      description: 'Bytes that have arrived, at which the next part starts; 0 where nothing has.',
    }),
    dataset: Type.Optional(
      Type.String({
        description: 'Id of the data set that it became, for seven days, unless another upload of the key has begun.',
      }),
    ),
  },
  { title: 'Upload' },
)
export type Upload = Static<typeof Upload>
