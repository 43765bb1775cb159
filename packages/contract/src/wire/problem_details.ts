import { Type, type Static } from 'typebox'

/** An error response (RFC 9457) with every fault of the request. */
export const ProblemDetails = Type.Object(
  {
    type: Type.String({ description: 'URL of the documentation of the error.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Name of the error in the catalogue.' }),
    request_id: Type.String(),
    error_count: Type.Optional(
      Type.Integer({ description: 'Faults of the request, where there are more than `errors` lists.' }),
    ),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'JSON Pointer (RFC 6901) to the field, or the name of a query or header field.',
          }),
          detail: Type.String(),
          value: Type.Optional(Type.Unknown()),
          line: Type.Optional(Type.Integer({ description: 'Of an upload: the line or row, from 1.' })),
          column: Type.Optional(
            Type.Integer({ description: 'Of an upload: the character of that line, or the cell of that row, from 1.' }),
          ),
        }),
      ),
    ),
  },
  { title: 'ProblemDetails' },
)
export type ProblemDetails = Static<typeof ProblemDetails>
