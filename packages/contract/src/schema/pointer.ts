import { isRecord } from './record.ts'

/** The names on the way that a JSON Pointer (RFC 6901) describes. */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer of a way through names. */
export function formatPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What a pointer leads to; undefined where there is nothing. What a value inherits, such as `constructor`, is nothing. */
export function valueAt(value: unknown, pointer: string): unknown {
  return parsePointer(pointer).reduce<unknown>(
    (inner, token) => (hasAt(inner, token) ? inner[token] : undefined),
    value,
  )
}

/** The pointer to a field of what a pointer leads to. */
export function below(pointer: string, name: string): string {
  return pointer + formatPointer([name])
}

/** Whether a pointer leads to anything, be it null. */
export function leadsSomewhere(value: unknown, pointer: string): boolean {
  let inner = value
  for (const token of parsePointer(pointer)) {
    if (!hasAt(inner, token)) return false
    inner = inner[token]
  }
  return true
}

/** A copy of a value without the field that a pointer leads to; the value itself where there is no such field. */
export function without(value: unknown, pointer: string): unknown {
  return withoutAt(value, parsePointer(pointer))
}

function withoutAt(value: unknown, [token, ...rest]: readonly string[]): unknown {
  if (token === undefined || !isRecord(value) || !hasAt(value, token)) return value
  const fields = Object.entries(value)
  // `fromEntries` makes a field of `__proto__` too, which an assignment would not.
  if (rest.length === 0) return Object.fromEntries(fields.filter(([name]) => name !== token))
  const less = withoutAt(value[token], rest)
  if (less === value[token]) return value
  return Object.fromEntries(fields.map(([name, inner]) => [name, name === token ? less : inner]))
}

const INDEX = /^(?:0|[1-9]\d*)$/

/** Whether a value has a field, or an item, of its own by the name. */
function hasAt(value: unknown, token: string): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, token) && (!Array.isArray(value) || INDEX.test(token))
}

/** Whether a pointer leads to the same as another, or to what lies within it. */
export function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`)
}

/** Whether one of two pointers leads to what lies within the other, or both to the same. */
export function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}
