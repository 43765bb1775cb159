type Json = Record<string, unknown>

/** The pattern of a record whose fields may have any name. */
const ANY_NAME = '^.*$'

/**
 * The schema with the allowed names of each record. JSON Schema has `patternProperties` for this, but the OpenAPI
 * writer keeps only the schema of the fields.
 */
export function withPropertyNames<Schema>(schema: Schema): Schema {
  return named(schema) as Schema
}

function named(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(named)
  if (typeof node !== 'object' || node === null) return node
  const copy: Json = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, named(value)]))
  const [pattern = ANY_NAME] = Object.keys(copy['patternProperties'] ?? {})
  return pattern === ANY_NAME ? copy : { ...copy, propertyNames: { pattern } }
}
