import { Type, type TEnum, type TNumber, type TUnion } from 'typebox'

/** A measured number, or the name of one that JSON cannot carry. */
export function measured(description: string): TUnion<[TNumber, TEnum<['NaN', 'Infinity', '-Infinity']>]> {
  return Type.Union([Type.Number(), Type.Enum(['NaN', 'Infinity', '-Infinity'], { type: 'string' })], { description })
}
