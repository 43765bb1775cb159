import { isDeepStrictEqual } from 'node:util'
import { EXAMPLES } from './examples.ts'

type Json = Record<string, unknown>

const SCHEMAS = '#/components/schemas/'
/** Suffix of the name of a request schema. */
const SENT = 'Input'

/**
 * The document with every schema of a capitalised one-word title once, below `components`, and references to it
 * elsewhere, with its example. The same holds for every union of variants and each branch, named after their field:
 * `Clipping`, `ClippingNorm`. Generators of clients need a name for everything that a `discriminator` may select.
 */
export function withComponents(document: Json): Json {
  const schemas: Json = {}
  const paths = shared(document['paths'], '', schemas)
  return { ...document, paths, components: { schemas } }
}

/** @param field the name of `node` in the schema around it */
function shared(node: unknown, field: string, schemas: Json): unknown {
  if (Array.isArray(node)) return node.map((item) => shared(item, field, schemas))
  if (typeof node !== 'object' || node === null) return node
  const copy: Json = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, shared(value, isKeyword(name) ? field : name, schemas)]),
  )
  const { title } = copy
  if ('discriminator' in copy && isShared(title)) return namedUnion(copy, title, schemas)
  if ('discriminator' in copy) return sharedUnion(copy, field, schemas)
  if (!isShared(title) || !('type' in copy)) return copy
  const { description, ...schema } = copy
  keep(schemas, title, { ...schema, ...(title in EXAMPLES && { examples: [EXAMPLES[title]] }) })
  return { $ref: `${SCHEMAS}${title}`, ...(description === undefined ? {} : { description }) }
}

/** Keywords between a schema and the schemas within it, which have no name of their own. */
function isKeyword(name: string): boolean {
  return name === 'anyOf' || name === 'items' || name === 'additionalProperties'
}

function sharedUnion(schema: Json, field: string, schemas: Json): Json {
  const { anyOf, discriminator, title: own = field, default: _, ...rest } = schema as Json & { title?: string }
  const { propertyName } = discriminator as { propertyName: string }
  const branches = anyOf as { title: string; properties: Record<string, { enum?: string[] }> }[]
  const isSent = branches.some(({ title }) => title.endsWith(SENT))
  const refs = branches.map(({ title, ...branch }) => {
    const name = capitalised(`${field}_${title}`)
    keep(schemas, name, branch)
    return `${SCHEMAS}${name}`
  })
  const names = branches.map(({ properties }) => properties[propertyName]?.enum ?? [])
  const isTold = names.every((each) => each.length > 0)
  const mapping = Object.fromEntries(refs.flatMap((ref, at) => (names[at] ?? []).map((name) => [name, ref])))
  const union = capitalised(own) + (isSent ? SENT : '')
  const $refs = refs.map(($ref) => ({ $ref }))
  keep(schemas, union, isTold ? { oneOf: $refs, discriminator: { propertyName, mapping } } : { anyOf: $refs })
  return { $ref: `${SCHEMAS}${union}`, ...rest }
}

/** A union that has a name of its own, as each of its branches has, which are references by now. */
function namedUnion({ anyOf, discriminator, description }: Json, title: string, schemas: Json): Json {
  const { propertyName } = discriminator as { propertyName: string }
  const refs = anyOf as { $ref: string }[]
  const mapping = Object.fromEntries(
    refs.flatMap(({ $ref }) => {
      const { properties } = schemas[$ref.slice(SCHEMAS.length)] as { properties: Record<string, { enum?: string[] }> }
      return (properties[propertyName]?.enum ?? []).map((name) => [name, $ref] as const)
    }),
  )
  keep(schemas, title, {
    oneOf: refs,
    discriminator: { propertyName, mapping },
    ...(title in EXAMPLES && { examples: [EXAMPLES[title]] }),
  })
  return { $ref: `${SCHEMAS}${title}`, ...(description === undefined ? {} : { description }) }
}

/** @throws {Error} when another schema has that name */
function keep(schemas: Json, name: string, schema: Json): void {
  const known = schemas[name]
  if (known !== undefined && !isDeepStrictEqual(known, schema))
    throw new Error(`Cannot call two schemas of the document "${name}"`)
  schemas[name] = schema
}

/** `gru_simple` as GruSimple. */
function capitalised(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, first: string) => first.toUpperCase())
}

/** The schema of a request: fields with a default are optional. Its title marks it as a request. */
export function asSent<Schema>(schema: Schema): Schema {
  return optionalWhereDefaulted(schema) as Schema
}

function optionalWhereDefaulted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(optionalWhereDefaulted)
  if (typeof node !== 'object' || node === null) return node
  const copy: Json = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, optionalWhereDefaulted(value)]),
  )
  const { required, properties, title } = copy
  if (!Array.isArray(required) || typeof properties !== 'object') return copy
  const isNeeded = (name: string) => !('default' in ((properties as Record<string, object>)[name] ?? {}))
  return {
    ...copy,
    required: required.filter(isNeeded),
    ...(typeof title === 'string' && { title: `${title}${SENT}` }),
  }
}

/** Whether a schema of this title is placed below `components`. */
export function isShared(title: unknown): title is string {
  return typeof title === 'string' && /^[A-Z]\w*$/.test(title)
}
