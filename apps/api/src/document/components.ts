import { EXAMPLES } from './examples.ts'

type Json = Record<string, unknown>

const SCHEMAS = '#/components/schemas/'

/**
 * The document with every schema whose title is a capitalised word said once, below `components`, and referred to from
 * everywhere else; with its example.
 */
export function withComponents(document: Json): Json {
  const schemas: Json = {}
  const paths = shared(document['paths'], schemas)
  return { ...document, paths, components: { schemas } }
}

function shared(node: unknown, schemas: Json): unknown {
  if (Array.isArray(node)) return node.map((item) => shared(item, schemas))
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, shared(value, schemas)]))
  const { title } = copy
  if (!isShared(title) || !('type' in copy)) return copy
  const { description, ...schema } = copy
  schemas[title] ??= { ...schema, ...(title in EXAMPLES && { examples: [EXAMPLES[title]] }) }
  return { $ref: `${SCHEMAS}${title}`, ...(description === undefined ? {} : { description }) }
}

/** A schema as a client has to meet it: what has a default may be left out. Its title says that it is what is sent. */
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
  return { ...copy, required: required.filter(isNeeded), ...(isShared(title) && { title: `${title}Input` }) }
}

function isShared(title: unknown): title is string {
  return typeof title === 'string' && /^[A-Z]\w*$/.test(title)
}
