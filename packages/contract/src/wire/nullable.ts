import { Type, type TNull, type TSchema, type TUnion } from 'typebox'

/** A field of a response that may be null. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()])
}

/** An ISO 8601 time in UTC. */
export function time(description: string) {
  return Type.String({ format: 'date-time', description })
}
