import type { TSchema } from 'typebox'
import type { Fault } from './fault.ts'
import { FLOAT32, float32Fault } from './float32.ts'
import { below } from './pointer.ts'
import { isRecord } from './record.ts'
import { shown } from './shown.ts'
import { wanted } from './wanted.ts'

/** Faults that are told of a value: the search for them ends there. */
export const MOST_FAULTS = 100

/** How the detail of a fault begins that is a field too many. */
export const UNKNOWN_FIELD = 'Is an unknown field'

/** What of JSON Schema bounds how much a value may hold. */
interface Bounds {
  anyOf?: readonly { format?: string }[]
  format?: string
  properties?: Record<string, TSchema>
  patternProperties?: Record<string, TSchema>
  additionalProperties?: unknown
  items?: TSchema
  maxItems?: number
  maxProperties?: number
}

/**
 * A copy of what a resolved schema has room for in a value: no unknown fields, no names that a record cannot have, no list
 * or record that is longer than it may be. So what is done with it next takes as long as the schema is large, not the value.
 *
 * Each thing left out is a fault in `found`, by pointer, up to `MOST_FAULTS`; so is a number that float32
 * cannot hold, where that is what computes with it.
 */
export function fit(schema: TSchema, value: unknown, found: Map<string, Fault>, pointer = ''): unknown {
  const bounds = schema as Bounds
  if (isRecord(value) && bounds.properties !== undefined)
    return fitObject(bounds.properties, schema, value, { found, pointer })
  if (isRecord(value) && bounds.patternProperties !== undefined) return fitRecord(schema, value, { found, pointer })
  if (Array.isArray(value) && bounds.items !== undefined)
    return fitList(bounds.items, schema, value, { found, pointer })
  const isFloat = bounds.format === FLOAT32 || bounds.anyOf?.some(({ format }) => format === FLOAT32) === true
  const detail = isFloat && typeof value === 'number' ? float32Fault(schema, value) : undefined
  if (detail !== undefined) tell(found, { pointer, detail, value })
  return value
}

interface Place {
  found: Map<string, Fault>
  pointer: string
}

function tell(found: Map<string, Fault>, fault: Fault): void {
  if (!isFull(found) && !found.has(fault.pointer)) found.set(fault.pointer, fault)
}

/** Whether as many faults are found as are told. */
export function isFull(found: ReadonlyMap<string, Fault> | readonly Fault[]): boolean {
  return ('size' in found ? found.size : found.length) >= MOST_FAULTS
}

function fitObject(
  properties: Record<string, TSchema>,
  schema: TSchema,
  value: Record<string, unknown>,
  { found, pointer }: Place,
): unknown {
  const names = Object.keys(properties)
  const known = names
    .filter((name) => Object.hasOwn(value, name))
    .map((name) => [name, fit(properties[name] ?? {}, value[name], found, below(pointer, name))] as const)
  if ((schema as Bounds).additionalProperties !== false) return { ...value, ...Object.fromEntries(known) }
  if (known.length < Object.keys(value).length) tellUnknown(names, value, { found, pointer })
  return Object.fromEntries(known)
}

function tellUnknown(names: readonly string[], value: Record<string, unknown>, { found, pointer }: Place): void {
  const detail = names.length === 0 ? UNKNOWN_FIELD : `${UNKNOWN_FIELD}: known here are ${names.join(', ')}`
  for (const name of Object.keys(value)) {
    if (isFull(found)) return
    if (!names.includes(name)) tell(found, { pointer: below(pointer, name), detail, value: value[name] })
  }
}

function fitRecord(schema: TSchema, value: Record<string, unknown>, { found, pointer }: Place): unknown {
  const { patternProperties = {}, maxProperties = Infinity } = schema as Bounds
  const [pattern = '', inner = {}] = Object.entries(patternProperties)[0] ?? []
  const named = new RegExp(pattern, 'u') // counts characters, as lengths of texts do
  const names = Object.keys(value)
  if (names.length > maxProperties) return leftOut(schema, `it has ${names.length}`, { found, pointer })
  const kept: [string, unknown][] = []
  for (const name of names) {
    if (isFull(found)) break
    const at = below(pointer, name)
    if (named.test(name)) kept.push([name, fit(inner, value[name], found, at)])
    else tell(found, { pointer: at, detail: `Must have a name matching ${pattern}: current name is ${shown(name)}` })
  }
  return Object.fromEntries(kept)
}

function fitList(items: TSchema, schema: TSchema, value: readonly unknown[], { found, pointer }: Place): unknown {
  const { maxItems = Infinity } = schema as Bounds
  if (value.length > maxItems) return leftOut(schema, `it has ${value.length}`, { found, pointer })
  return value.map((item, at) => fit(items, item, found, below(pointer, String(at))))
}

/** Nothing, in place of what is too much to be looked at. */
function leftOut(schema: TSchema, size: string, { found, pointer }: Place): undefined {
  tell(found, { pointer, detail: `Must be ${wanted(schema)}: ${size}` })
}
