import { isRecord } from './record.ts'

/** The names in the path of a JSON Pointer (RFC 6901). */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer of a path of names. */
export function formatPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The value at a pointer; undefined if there is none. Inherited properties, such as `constructor`, do not count. */
export function valueAt(value: unknown, pointer: string): unknown {
  return parsePointer(pointer).reduce<unknown>(
    (inner, token) => (hasAt(inner, token) ? inner[token] : undefined),
    value,
  )
}

/** The pointer to a field of the value at a pointer. */
export function below(pointer: string, name: string): string {
  return pointer + formatPointer([name])
}

/** Whether there is a value at a pointer, which may be null. */
export function leadsSomewhere(value: unknown, pointer: string): boolean {
  let inner = value
  for (const token of parsePointer(pointer)) {
    if (!hasAt(inner, token)) return false
    inner = inner[token]
  }
  return true
}

/** A copy of a value without the field at a pointer; the value itself if there is no such field. */
export function without(value: unknown, pointer: string): unknown {
  return withoutAt(value, parsePointer(pointer))
}

function withoutAt(value: unknown, [token, ...rest]: readonly string[]): unknown {
  if (token === undefined || !isRecord(value) || !hasAt(value, token)) return value
  const fields = Object.entries(value)
  // `fromEntries` also creates a field `__proto__`, which an assignment would not.
  if (rest.length === 0) return Object.fromEntries(fields.filter(([name]) => name !== token))
  const less = withoutAt(value[token], rest)
  if (less === value[token]) return value
  return Object.fromEntries(fields.map(([name, inner]) => [name, name === token ? less : inner]))
}

const INDEX = /^(?:0|[1-9]\d*)$/

/** Whether a value has an own field or item of this name. */
function hasAt(value: unknown, token: string): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, token) && (!Array.isArray(value) || INDEX.test(token))
}

/** Whether a pointer is equal to another, or within it. */
export function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`)
}

/** Whether two pointers are equal, or one is within the other. */
export function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}
