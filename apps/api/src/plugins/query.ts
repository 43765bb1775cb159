import { parsePointer } from '@unroll/contract'
import type { TObject } from 'typebox'

type Given = string | string[] | undefined

/** Parsers of a query parameter by its JSON type. An unreadable value stays text, and `check` reports it. */
const READERS: Record<string, (given: Given) => unknown> = {
  integer: (given) => (isNumeral(given) ? Number(given) : given),
  number: (given) => (isNumeral(given) ? Number(given) : given),
  boolean: (given) => (given === 'true' || given === 'false' ? given === 'true' : given),
  array: (given) => (typeof given === 'string' ? given.split(',') : given?.flatMap((part) => part.split(','))),
}

/**
 * Query parameters as values of the types in a schema: numerals as numbers, `a,b` or a repeated name as a list,
 * `name[key]` as a field of a record.
 */
export function readQuery(schema: TObject, query: Record<string, Given>): Record<string, unknown> {
  const values = new Map<string, unknown>() // a map: assignment of `__proto__` to an object would not create a field
  for (const [name, given] of Object.entries(query)) {
    const [, record, key] = (name.endsWith(']') && /^([^[\]]+)\[(.*)\]$/s.exec(name)) || [] // a key may have brackets
    if (record !== undefined && key !== undefined && lookUpType(schema, record) === 'object') {
      const others = Object.entries(values.get(record) ?? {})
      values.set(record, Object.fromEntries([...others, [key, given]]))
    } else values.set(name, READERS[lookUpType(schema, name)]?.(given) ?? given)
  }
  return Object.fromEntries(values)
}

/** The name of the query parameter at a JSON Pointer. */
export function parameterName(pointer: string): string {
  const [name = '', ...keys] = parsePointer(pointer)
  return name + keys.map((key) => `[${key}]`).join('')
}

function lookUpType({ properties }: TObject, name: string): string {
  const { type = 'string' } = (Object.hasOwn(properties, name) ? properties[name] : {}) as { type?: string }
  return type
}

function isNumeral(given: Given): boolean {
  return typeof given === 'string' && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(given)
}
