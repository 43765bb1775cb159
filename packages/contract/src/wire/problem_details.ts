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
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'JSON Pointer (RFC 6901) to the field, or the name of a query or header field.',
          }),
          detail: Type.String(),
          value: Type.Optional(Type.Unknown()),
        }),
      ),
    ),
  },
  { title: 'ProblemDetails' },
)
export type ProblemDetails = Static<typeof ProblemDetails>
