import { isShared } from './components.ts'

type Json = Record<string, unknown>

const MAX_INT32 = 2 ** 31 - 1

/**
 * The document in a form that all client generators read correctly (test/contract runs six). What not all of them
 * support is expressed in another way:
 *
 * - The default of an object, or beside a union, becomes a part of the description: generators drop such an operation
 *   or write code that does not compile. The service also adds further defaults inside an object, so that its default
 *   alone would violate its own `required`.
 * - Whole numbers that may exceed 2³¹ have the format `int64`, because many generators use 32 bits for a plain
 *   integer.
 * - Null is one of the types of a schema, because some generators declare a class for a branch of null.
 * - A body with a default is optional, because its default is now text.
 * - An object in the query is sent as `name[key]=value`.
 */
export function portable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(portable)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(
    Object.entries(isRecord(node) ? withOptionalBody(node) : node).map(([name, value]) => [
      name,
      // Names of properties are not keywords: one may be "default".
      name === 'properties' && isRecord(value) ? eachPortable(value) : portable(value),
    ]),
  )
  if (copy['in'] === 'query') return asDeepObject(copy)
  return withWidth(withoutHardDefault(withNullAsType(copy)))
}

function eachPortable(node: object): Json {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, portable(value)]))
}

function withOptionalBody(operation: Json): Json {
  const { requestBody } = operation
  if (!isRecord(requestBody) || !isRecord(requestBody['content'])) return operation
  const mayBeLeftOut = Object.values(requestBody['content']).every(
    (media) => 'default' in (media as { schema: object }).schema,
  )
  return mayBeLeftOut ? { ...operation, requestBody: { ...requestBody, required: false } } : operation
}

function withoutHardDefault(schema: Json): Json {
  const { default: fallback, description, ...rest } = schema
  const isHard = isRecord(fallback) || (Array.isArray(schema['anyOf']) && 'default' in schema)
  if (!isHard) return schema
  const isEmpty = isRecord(fallback) && Object.keys(fallback).length === 0
  const text = [description, ...(isEmpty ? [] : [`Default: \`${JSON.stringify(fallback)}\`.`])]
    .filter(Boolean)
    .join(' ')
  return { ...rest, ...(text !== '' && { description: text }) }
}

function withNullAsType(schema: Json): Json {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf)) return schema
  const branches = (anyOf as Json[]).flatMap((branch) => (isBareUnion(branch) ? (branch['anyOf'] as Json[]) : [branch]))
  const [first, ...others] = branches.filter(({ type }) => type !== 'null')
  const { type, title, enum: names } = first ?? {}
  if (first === undefined || isShared(title) || typeof type !== 'string' || others.length + 1 === branches.length)
    return schema
  const nullable = { ...first, type: [type, 'null'], ...(Array.isArray(names) && { enum: [...names, null] }) }
  return others.length === 0 ? { ...nullable, ...rest } : { ...rest, anyOf: [nullable, ...others] }
}

function isBareUnion(schema: Json): boolean {
  return Array.isArray(schema['anyOf']) && !('discriminator' in schema)
}

function withWidth(schema: Json): Json {
  const { type, maximum = Infinity, format } = schema
  if (![type].flat().includes('integer') || format !== undefined || Number(maximum) <= MAX_INT32) return schema
  return { ...schema, format: 'int64' }
}

function asDeepObject(parameter: Json): Json {
  const { schema } = parameter
  if (!isRecord(schema) || schema['type'] !== 'object') return parameter
  return { ...parameter, style: 'deepObject', explode: true }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
