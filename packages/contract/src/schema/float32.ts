import type { TSchema } from 'typebox'
import { shown } from './shown.ts'
import { wanted } from './wanted.ts'

/** The format of numbers that engines compute with, as the OpenAPI registry names it: single precision. */
export const FLOAT32 = 'float'

/** The smallest magnitude besides 0 that float32 holds with full precision; engines treat smaller ones as 0. */
export const FLOAT32_LEAST: number = 2 ** -126
/** The largest magnitude that float32 holds. */
export const FLOAT32_GREATEST: number = (2 - 2 ** -23) * 2 ** 127

/** The fault of a number that float32 holds as 0, as Infinity, or as an excluded bound; undefined if there is none. */
export function float32Fault(schema: TSchema, value: number): string | undefined {
  const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema as {
    exclusiveMinimum?: number
    exclusiveMaximum?: number
  }
  if (value <= exclusiveMinimum || value >= exclusiveMaximum) return undefined // reported by the schema itself
  const size = Math.abs(value)
  const held = Math.fround(value)
  if (size > FLOAT32_GREATEST || (size > 0 && size < FLOAT32_LEAST))
    return (
      `Must be ${wanted(schema)}, of a magnitude that float32 holds, from ${FLOAT32_LEAST} to ${FLOAT32_GREATEST}` +
      `${exclusiveMinimum >= 0 ? '' : ', or 0'}: current value is ${shown(value)}`
    )
  if (held > exclusiveMinimum && held < exclusiveMaximum) return undefined
  return `Must be ${wanted(schema)} as float32, which holds it as ${held}: current value is ${shown(value)}`
}
