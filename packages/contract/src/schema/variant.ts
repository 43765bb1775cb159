import { Type, type TObject, type TProperties, type TSchema, type TUnion } from 'typebox'
import { isRecord } from './record.ts'

/** The OpenAPI keyword that names the field which selects the branch of a union. */
export interface Discriminated {
  discriminator: { propertyName: string }
  anyOf: TObject[]
}

/**
 * A union of objects with a discriminating field, such as `clipping.policy`.
 *
 * A plain union reports invalid input with one fault for each branch. With the discriminating field, `resolve` selects
 * the intended branch, so that the faults are only about that branch.
 */
export function variant<Branches extends TObject[]>(
  propertyName: string,
  branches: [...Branches],
  options: { description: string; title?: string; default?: unknown },
): TUnion<Branches> {
  return Type.Union(branches, { ...options, discriminator: { propertyName } })
}

function isDiscriminated(schema: TSchema): schema is TSchema & Discriminated {
  return 'discriminator' in schema
}

function isObjectSchema(schema: TSchema): schema is TObject {
  return 'properties' in schema
}

function isRecordSchema(schema: TSchema): schema is TSchema & { patternProperties: Record<string, TSchema> } {
  return 'patternProperties' in schema
}

/** The values of the discriminating field of a branch. */
function listBranchNames(branch: TObject, propertyName: string): string[] {
  const field: { const?: string; enum?: string[] } = branch.properties[propertyName] ?? {}
  return field.enum ?? (field?.const === undefined ? [] : [field.const])
}

function getField(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

/** The object schema of a nullable object, such as `training.target`. */
function objectOrNull(schema: TSchema): TObject | undefined {
  const { anyOf = [] } = schema as { anyOf?: { type?: string }[] }
  return anyOf.some(({ type }) => type === 'null') ? anyOf.find(isObjectSchema) : undefined
}

/**
 * The schema with every discriminated union replaced by the branch that `value` selects, and every nullable object by
 * the object if `value` has one. A union with an absent or unknown name becomes an object of its discriminating field
 * and of the fields that are the same in every branch; a record of unions becomes an object of the fields of `value`.
 */
export function resolve(schema: TSchema, value: unknown): TSchema {
  if (isDiscriminated(schema)) return resolve(branchFor(schema, value), value)
  if (isRecordSchema(schema)) return resolvedRecord(schema, value)
  const object = objectOrNull(schema)
  if (object !== undefined && isRecord(value)) return resolve(object, value)
  if (!isObjectSchema(schema)) return schema
  const properties: TProperties = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const given = getField(value, name)
    const fallback = (property as { default?: unknown }).default
    const resolved = resolve(property, given === undefined ? fallback : given)
    properties[name] = fallback === undefined ? resolved : amended(resolved, { default: fallback })
  }
  return amended(schema, { properties })
}

function resolvedRecord(schema: TSchema & { patternProperties: Record<string, TSchema> }, value: unknown): TSchema {
  const { patternProperties, type: _, ...rest } = schema as typeof schema & { type?: string }
  const [pattern, inner] = Object.entries(patternProperties)[0] ?? []
  if (pattern === undefined || inner === undefined || !isDiscriminated(inner)) return schema
  if (typeof value !== 'object' || value === null) return schema
  const { maxProperties = Infinity } = schema as { maxProperties?: number }
  // The record itself reports that there are too many: checking each of them in a megabyte would take minutes.
  if (Object.keys(value).length > maxProperties) return Type.Object({}, { ...rest, additionalProperties: true })
  const named = new RegExp(pattern, 'u')
  const fields = Object.entries(value).filter(([name]) => named.test(name))
  const properties = Object.fromEntries(fields.map(([name, given]) => [name, resolve(inner, given)]))
  return Type.Object(properties, { ...rest, additionalProperties: false })
}

/**
 * A copy of a schema with changed keywords; TypeBox stores the kind of a schema in hidden properties, which a spread
 * would lose.
 */
function amended(schema: TSchema, keywords: object): TSchema {
  return Object.assign(Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)), keywords)
}

function branchFor(union: Discriminated, value: unknown): TSchema {
  const { propertyName } = union.discriminator
  const name = getField(value, propertyName)
  const names = union.anyOf.map((branch) => listBranchNames(branch, propertyName))
  const named = union.anyOf.find((_, index) => names[index]?.includes(name as string))
  if (named !== undefined) return named
  // A branch without the discriminating field is selected by its own first field: {"dataset": …} beside {"task": …}.
  const unnamed = union.anyOf.find((branch, index) => names[index]?.length === 0 && hasFirstField(value, branch))
  if (unnamed !== undefined && name === undefined) return unnamed
  const telling = Type.Enum(names.flat() as [string, ...string[]])
  return Type.Object({ ...sharedFields(union, value), [propertyName]: telling }, UNTOLD)
}

/** Marks what `resolve` makes of a union whose branch is not told. */
const UNTOLD = { untold: true }

export function isUntold(schema: TSchema): boolean {
  return 'untold' in schema
}

/** The fields of `value` that are the same in every branch with them: their faults do not depend on the branch. */
function sharedFields({ anyOf }: Discriminated, value: unknown): TProperties {
  const given = isRecord(value) ? Object.keys(value) : []
  const shared = given.flatMap((name) => {
    const fields = anyOf.flatMap(({ properties }) => (Object.hasOwn(properties, name) ? [properties[name]!] : []))
    return new Set(fields.map((field) => JSON.stringify(field))).size === 1 ? [[name, fields[0]!] as const] : []
  })
  return Object.fromEntries(shared)
}

function hasFirstField(value: unknown, branch: TObject): boolean {
  const [first] = Object.keys(branch.properties)
  return first !== undefined && getField(value, first) !== undefined
}
