import { Type, type TEnum, type TInteger, type TNumber, type TSchema, type TUnion, type TNull } from 'typebox'
import { FLOAT32 } from './float32.ts'

/**
 * The pattern of one-line names. It lists the excluded characters, because the meaning of `.` differs between
 * languages. Its record must not have `additionalProperties: false`: TypeBox counts UTF-16 units when it fills in
 * defaults, and treats a name with many other characters as additional. `fit` reports names that do not match.
 */
export function linePattern(longest: number): string {
  return String.raw`^[^\n\r\u2028\u2029]{1,${longest}}$`
}

interface FieldOptions {
  default?: unknown
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
}

/** A whole number, described in one line. */
export function integer(description: string, options: FieldOptions): TInteger {
  return Type.Integer({ description, ...options })
}

/**
 * A number that engines compute with, described in one line: values that float32 holds as 0 or Infinity are refused.
 */
export function number(description: string, options: FieldOptions): TNumber {
  return Type.Number({ description, format: FLOAT32, ...options })
}

/** One of the named values, described in one line. */
export function oneOf<const Names extends readonly [string, ...string[]]>(
  description: string,
  names: Names,
  options: FieldOptions = {},
): TEnum<[...Names]> {
  return Type.Enum<[...Names]>(names as unknown as [...Names], { type: 'string', description, ...options })
}

/** A value that may be switched off with `null`, its default. */
export function orNull<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  // A spread would lose the hidden properties that tell TypeBox what a schema is.
  const { description, ...inner } = Object.getOwnPropertyDescriptors<Schema & { description?: string }>(schema)
  const bare = Object.defineProperties({}, inner) as Schema
  return Type.Union([bare, Type.Null()], { description: description?.value ?? '', default: null })
}
