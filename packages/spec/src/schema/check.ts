import { type Static, type TObject, type TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { pointerOf, tokensOf, valueAt } from './pointer.ts'
import { resolve } from './variant.ts'
import { wanted } from './wanted.ts'

/** One thing wrong with a body: where (a JSON Pointer, RFC 6901), what was wanted, and what came. */
export interface Fault {
  pointer: string
  detail: string
  value?: unknown
}

// TypeBox stops at 8 errors unless told otherwise, and finds two for an unknown field: further ones would be taken.
Settings.Set({ maxErrors: Number.MAX_SAFE_INTEGER })

/** Faults that are told of a value at most. */
const MOST_FAULTS = 256

/** How the detail of a fault begins that is a field too many. */
export const UNKNOWN_FIELD = 'Is an unknown field'

export type Checked<T> = { ok: true; value: T } | { ok: false; faults: Fault[] }

/**
 * `value` with defaults filled in, or every fault of it at once (one for each place).
 *
 * The given value is not changed. Unknown fields are faults: a misspelt field silently ignored would train another job
 * than the one asked for.
 */
export function check<Schema extends TSchema>(schema: Schema, value: unknown): Checked<Static<Schema>> {
  const { filled, faults } = inspect(schema, value)
  return verdict(filled, faults)
}

/** A value that has been looked at: where nothing is wrong with it, it is as its type says. */
interface Inspected<T> {
  filled: T
  faults: Fault[]
}

/** As `check`, for who goes on to look at what is right of a value with faults. */
export function inspect<Schema extends TSchema>(schema: Schema, value: unknown): Inspected<Static<Schema>> {
  const resolved = resolve(schema, value)
  const filled = Value.Default(resolved, structuredClone(value)) as Static<Schema>
  const faults = new Map<string, Fault>()
  for (const error of Value.Errors(resolved, filled)) {
    for (const fault of faultsOf(resolved, value, error)) {
      if (!faults.has(fault.pointer)) faults.set(fault.pointer, fault)
    }
  }
  return { filled, faults: [...faults.values()] }
}

export function verdict<T>(value: T, faults: Fault[]): Checked<T> {
  return faults.length === 0 ? { ok: true, value } : { ok: false, faults: faults.slice(0, MOST_FAULTS) }
}

interface SchemaError {
  keyword: string
  instancePath: string
  params: object
}

function faultsOf(schema: TSchema, value: unknown, error: SchemaError): Fault[] {
  const at = (pointer: string) => wanted(schemaAt(schema, pointer))
  if (error.keyword === 'required') {
    const { requiredProperties } = error.params as { requiredProperties: string[] }
    return requiredProperties.map((name) => {
      const pointer = `${error.instancePath}${pointerOf([name])}`
      return { pointer, detail: `Is required: must be ${at(pointer)}` }
    })
  }
  if (error.keyword === 'additionalProperties') {
    const { additionalProperties } = error.params as { additionalProperties: string[] }
    const known = Object.keys((schemaAt(schema, error.instancePath) as Partial<TObject>).properties ?? {})
    const detail = known.length === 0 ? UNKNOWN_FIELD : `${UNKNOWN_FIELD}: known here are ${known.join(', ')}`
    return additionalProperties.map((name) => {
      const pointer = `${error.instancePath}${pointerOf([name])}`
      return { pointer, detail, value: valueAt(value, pointer) }
    })
  }
  if (error.keyword === 'boolean') return [] // `additionalProperties` speaks of the same field, with the known names.
  const got = valueAt(value, error.instancePath)
  return [
    {
      pointer: error.instancePath,
      detail: `Must be ${at(error.instancePath)}: current value is ${shown(got)}`,
      value: got,
    },
  ]
}

/** A value as an error message quotes it: JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function schemaAt(schema: TSchema, pointer: string): TSchema {
  return tokensOf(pointer).reduce<TSchema>((inner, token) => {
    const { properties, patternProperties, items } = inner as Partial<TObject> & {
      patternProperties?: Record<string, TSchema>
      items?: TSchema
    }
    const own = properties !== undefined && Object.hasOwn(properties, token) ? properties[token] : undefined
    return own ?? Object.values(patternProperties ?? {})[0] ?? items ?? {}
  }, schema)
}
