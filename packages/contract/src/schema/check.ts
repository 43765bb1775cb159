import { IsUnknown, type Static, type TObject, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { SECRET, type Fault } from './fault.ts'
import { FLOAT32, float32Fault } from './float32.ts'
import { MOST_FAULTS, fit, isFull } from './fit.ts'
import { below, formatPointer, parsePointer, valueAt } from './pointer.ts'
import { shown } from './shown.ts'
import { isUntold, resolve } from './variant.ts'
import { wanted } from './wanted.ts'

// TypeBox stops at 8 errors by default, and further ones would be accepted. The values that it checks have been fitted.
Settings.Set({ maxErrors: Number.MAX_SAFE_INTEGER })

/** A value, or at most `MOST_FAULTS` faults; at this number there may be more. */
export type Checked<T> = { ok: true; value: T } | { ok: false; faults: Fault[] }

/**
 * `value` with defaults filled in, or every fault at once (one for each place, up to `MOST_FAULTS`).
 *
 * The given value is not changed. Unknown fields are faults: a misspelt field that is silently ignored would train
 * another job than the requested one.
 */
export function check<Schema extends TSchema>(schema: Schema, value: unknown): Checked<Static<Schema>> {
  const { filled, faults } = inspect(schema, value)
  return verdict(filled, faults)
}

/** Types for which compiled code and `inspect` agree: only `inspect` checks names of records and, below the fields, float32. */
const PLAIN_TYPES: readonly unknown[] = ['string', 'integer', 'number', 'boolean']

/** What schemas were compiled to: routes share some, and every app of a process has the same routes. */
const COMPILED = new WeakMap<TObject, ReturnType<typeof Compile>>()

function compileOnce(schema: TObject): ReturnType<typeof Compile> {
  const compiled = COMPILED.get(schema) ?? Compile(schema)
  COMPILED.set(schema, compiled)
  return compiled
}

/**
 * `check` for a schema of many values, such as the parameters or the body of a route: compiled code accepts a valid value
 * in a tenth of the time. A schema with fields that are not plain is checked as any other.
 *
 * Defaults may be filled in within the given value.
 */
export function compileCheck<Schema extends TObject>(schema: Schema): (value: unknown) => Checked<Static<Schema>> {
  const fields = Object.entries(schema.properties)
  const floats = fields.filter(([, field]) => isFloat32(field))
  if (!fields.every(([, field]) => isFloat32(field) || isPlain(field))) return (value) => check(schema, value)
  const compiled = compileOnce(schema)
  const isHeld = (values: Record<string, unknown>): boolean =>
    floats.every(([name, float]) => {
      const value = values[name]
      return typeof value !== 'number' || float32Fault(float, value) === undefined
    })
  return (value) => {
    const filled = Value.Default(schema, value)
    return compiled.Check(filled) && isHeld(filled as Record<string, unknown>)
      ? { ok: true, value: filled as Static<Schema> }
      : check(schema, value)
  }
}

function isFloat32(schema: TSchema): boolean {
  return (schema as { format?: string }).format === FLOAT32
}

function isPlain(schema: TSchema): boolean {
  const { type, format, items } = schema as { type?: string; format?: string; items?: TSchema }
  if (type === 'array') return items === undefined || IsUnknown(items) || isPlain(items)
  return PLAIN_TYPES.includes(type) && format === undefined
}

/** A checked value: without faults it has the type of its schema. */
interface Inspected<T> {
  filled: T
  faults: Fault[]
  /** Pointers of what is not as its schema says: the place of each fault, and all of a union that does not tell its branch. */
  unsound: string[]
}

/** As `check`, for a caller that also needs the valid part of a value with faults. */
export function inspect<Schema extends TSchema>(schema: Schema, value: unknown): Inspected<Static<Schema>> {
  const resolved = resolve(schema, value)
  const found = new Map<string, Fault>()
  const filled = Value.Default(resolved, fit(resolved, value, found)) as Static<Schema>
  for (const error of Value.Errors(resolved, filled)) {
    if (isFull(found)) break
    for (const fault of toFaults(resolved, value, error)) {
      if (!found.has(fault.pointer)) found.set(fault.pointer, fault)
    }
  }
  const unsound = [...found.keys()].flatMap((pointer) => [pointer, ...listUntold(resolved, pointer)])
  return { filled, faults: [...found.values()], unsound }
}

/** The union around the place of a fault, where it is what should tell the branch: the defaults of the branch are missing. */
function listUntold(schema: TSchema, pointer: string): string[] {
  const around = formatPointer(parsePointer(pointer).slice(0, -1))
  return isUntold(schemaAt(schema, around)) ? [around] : []
}

export function verdict<T>(value: T, faults: Fault[]): Checked<T> {
  return faults.length === 0 ? { ok: true, value } : { ok: false, faults: faults.slice(0, MOST_FAULTS) }
}

interface SchemaError {
  keyword: string
  instancePath: string
  params: object
}

function toFaults(schema: TSchema, value: unknown, error: SchemaError): Fault[] {
  const at = (pointer: string) => wanted(schemaAt(schema, pointer))
  if (error.keyword === 'required') {
    const { requiredProperties } = error.params as { requiredProperties: string[] }
    return requiredProperties.map((name) => {
      const pointer = below(error.instancePath, name)
      return { pointer, detail: `Is required: must be ${at(pointer)}` }
    })
  }
  const got = valueAt(value, error.instancePath)
  const { format } = schemaAt(schema, error.instancePath) as { format?: string }
  if (format === SECRET) return [{ pointer: error.instancePath, detail: `Must be ${at(error.instancePath)}` }]
  return [
    {
      pointer: error.instancePath,
      detail: `Must be ${at(error.instancePath)}: current value is ${shown(got)}`,
      value: got,
    },
  ]
}

function schemaAt(schema: TSchema, pointer: string): TSchema {
  return parsePointer(pointer).reduce<TSchema>((inner, token) => {
    const { anyOf = [] } = inner as { anyOf?: TSchema[] }
    const parted = anyOf.find((branch) => 'items' in branch || 'properties' in branch) ?? inner // null has no parts
    const { properties, patternProperties, items } = parted as Partial<TObject> & {
      patternProperties?: Record<string, TSchema>
      items?: TSchema
    }
    const own = properties !== undefined && Object.hasOwn(properties, token) ? properties[token] : undefined
    return own ?? Object.values(patternProperties ?? {})[0] ?? items ?? {}
  }, schema)
}
