import type { TSchema } from 'typebox'

interface Described {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Described[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minProperties?: number
  maxProperties?: number
  minItems?: number
  maxItems?: number
  properties?: Record<string, unknown>
}

const ARTICLES: Record<string, string> = {
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

const LIMITS: readonly [keyof Described, (limit: string) => string][] = [
  ['minimum', (limit) => `≥ ${limit}`],
  ['exclusiveMinimum', (limit) => `> ${limit}`],
  ['maximum', (limit) => `≤ ${limit}`],
  ['exclusiveMaximum', (limit) => `< ${limit}`],
  ['minLength', (limit) => `of at least ${limit} characters`],
  ['maxLength', (limit) => `of at most ${limit} characters`],
  ['minProperties', (limit) => `with at least ${limit} field(s)`],
  ['maxProperties', (limit) => `with at most ${limit} fields`],
  ['minItems', (limit) => `of at least ${limit} item(s)`],
  ['maxItems', (limit) => `of at most ${limit} items`],
  ['pattern', (limit) => `matching ${limit}`],
]

/** A schema in words that follow "must be": `an integer ≥ 1 and ≤ 64`, `one of "full", "truncated"`. */
export function wanted(schema: TSchema): string {
  const described = schema as Described
  if (described.enum !== undefined) return `one of ${described.enum.map((name) => JSON.stringify(name)).join(', ')}`
  if (described.const !== undefined) return JSON.stringify(described.const)
  if (described.anyOf !== undefined) return described.anyOf.map((branch) => wanted(branch as TSchema)).join(' or ')
  const limits = LIMITS.filter(([name]) => described[name] !== undefined).map(([name, say]) =>
    say(String(described[name])),
  )
  return [ARTICLES[described.type ?? 'object'] ?? 'a value', limits.join(' and ')].join(' ').trim()
}
