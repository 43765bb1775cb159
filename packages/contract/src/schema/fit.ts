import type { TSchema } from 'typebox'
import type { Fault } from './fault.ts'
import { FLOAT32, float32Fault } from './float32.ts'
import { below } from './pointer.ts'
import { isRecord } from './record.ts'
import { shown } from './shown.ts'
import { wanted } from './wanted.ts'

/** Maximal number of reported faults: the search ends there. */
export const MOST_FAULTS = 100

/** The start of the detail of a fault about an unknown field. */
export const UNKNOWN_FIELD = 'Is an unknown field'

/** The keywords of JSON Schema that bound the size of a value. */
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
 * A copy of the part of a value for which a resolved schema has room: no unknown fields, no invalid names of records,
 * no list or record beyond its bound. The cost of further work on it therefore depends on the schema, not on the value.
 * Each omitted part is a fault in `found`, by pointer, up to `MOST_FAULTS`; so is a number that float32 cannot hold, if
 * the engines use it.
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

/** Whether the maximal number of faults is found. */
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
  const named = new RegExp(pattern, 'u') // counts characters, like the lengths of texts
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

/** Nothing, in place of a part that is too large to check. */
function leftOut(schema: TSchema, size: string, { found, pointer }: Place): undefined {
  tell(found, { pointer, detail: `Must be ${wanted(schema)}: ${size}` })
}
