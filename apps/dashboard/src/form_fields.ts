// The fields of the submit form, derived from the JSON Schema of a job specification.

import { below, parsePointer } from '@unroll/client'

/** The part of JSON Schema that the form supports. */
export interface FieldSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly anyOf?: readonly FieldSchema[]
  readonly discriminator?: { readonly propertyName: string }
}

/** One input of the form. */
export interface FormField {
  /** JSON Pointer into the specification; the service names faulty fields by it. */
  readonly pointer: string
  readonly kind: 'choice' | 'list' | 'number' | 'number or word' | 'text' | 'truth'
  readonly description: string
  /** The value if nothing is entered. */
  readonly fallback: string
  readonly choices: readonly string[]
  /** Whether the other fields beside it depend on this choice. */
  readonly decides: boolean
}

type GivenValue = string | number | boolean | readonly (string | number)[] | Given

/** The entered part of a specification. */
export interface Given {
  readonly [name: string]: GivenValue
}

/** The choice of `data.task` for an uploaded data set, which has no task. */
export const UPLOADED = 'uploaded data set'

const NUMBERS: readonly string[] = ['integer', 'number']
const TRUTHS = ['true', 'false'] as const

/**
 * The fields below a schema, in its order. For a union, those of the branch that `given` or else the default selects.
 */
export function formFields(schema: FieldSchema, given: Given | undefined, pointer = ''): FormField[] {
  const union = schema.anyOf?.filter(({ type }) => type !== 'null') ?? []
  if (schema.discriminator !== undefined)
    return variantFields(schema, schema.discriminator.propertyName, { given, pointer })
  if (isList(schema) || union.some(isList)) return [{ ...leaf(schema, pointer), kind: 'list' }]
  if (union.length > 1 && union.some(isNumber)) return [{ ...leaf(schema, pointer), kind: 'number or word' }]
  if (union[0] !== undefined) return formFields({ ...union[0], ...described(schema) }, given, pointer)
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      formFields(
        schema.default === null ? { ...inner, default: null } : inner,
        getPart(given, name),
        below(pointer, name),
      ),
    )
  }
  if (schema.type === 'object') return [] // free pairs
  return [leaf(schema, pointer)]
}

function variantFields(
  { anyOf = [], default: fallback }: FieldSchema,
  telling: string,
  { given, pointer }: { given: Given | undefined; pointer: string },
): FormField[] {
  const named = anyOf.map((branch) => ({ branch, name: branch.properties?.[telling]?.const ?? UPLOADED }))
  const standard = (fallback as Record<string, unknown> | undefined)?.[telling]
  const wanted = given?.[telling] ?? (given !== undefined && 'dataset' in given ? UPLOADED : standard)
  const { branch, name } = named.find((candidate) => candidate.name === wanted) ?? { branch: undefined, name: '' }
  const decider: FormField = {
    pointer: below(pointer, telling),
    kind: 'choice',
    description: branch?.properties?.[telling]?.description ?? '',
    fallback: standard === undefined ? '' : shown(standard),
    choices: named.map((candidate) => candidate.name),
    decides: true,
  }
  const others = Object.entries(branch?.properties ?? {}).filter(([field]) => field !== telling)
  const defaults = name === standard ? (fallback as Record<string, unknown>) : {}
  const fields = others.flatMap(([field, inner]) =>
    formFields(
      field in defaults ? { ...inner, default: defaults[field] } : inner,
      getPart(given, field),
      below(pointer, field),
    ),
  )
  return [decider, ...fields]
}

function leaf(
  { type, description = '', default: fallback, enum: choices = [] }: FieldSchema,
  pointer: string,
): FormField {
  const own = { pointer, description, fallback: shown(fallback), decides: false }
  if (type === 'boolean') return { ...own, kind: 'truth', choices: TRUTHS }
  const kind = choices.length > 0 ? 'choice' : NUMBERS.includes(type ?? '') ? 'number' : 'text'
  return { ...own, kind, choices: choices.map(String) }
}

function isList({ type }: FieldSchema): boolean {
  return type === 'array'
}

function isNumber({ type }: FieldSchema): boolean {
  return NUMBERS.includes(type ?? '')
}

function described({ description, default: fallback }: FieldSchema): FieldSchema {
  return { ...(description !== undefined && { description }), ...(fallback !== undefined && { default: fallback }) }
}

function getPart(given: Given | undefined, name: string): Given | undefined {
  const inner = given?.[name]
  return isGiven(inner) ? inner : undefined
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * The entered specification with one field changed. An empty text removes the field, so that its default holds. A
 * choice that selects a branch removes the fields beside it, which the new branch may lack.
 */
export function entered(given: Given, { pointer, kind, decides }: FormField, text: string): Given {
  const path = parsePointer(pointer)
  if (text === UPLOADED) return withValue(given, path.slice(0, -1), { dataset: '' })
  const value = parseValue(kind, text)
  if (!decides) return withValue(given, path, value)
  return withValue(given, path.slice(0, -1), text === '' ? '' : { [path.at(-1) ?? '']: value })
}

/** The value of a text; an invalid one stays text, and the service reports it. */
function parseValue(kind: FormField['kind'], text: string): Exclude<GivenValue, Given> {
  if (kind === 'list') return parseList(text)
  if (kind === 'truth' && text !== '') return text === 'true'
  const isNumeral = kind.startsWith('number') && text.trim() !== '' && Number.isFinite(Number(text))
  return isNumeral ? Number(text) : text
}

/** The entries between commas, numerals as numbers. */
function parseList(text: string): readonly (string | number)[] {
  const entries = text.split(',').map((entry) => entry.trim())
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => (Number.isFinite(Number(entry)) ? Number(entry) : entry))
}

function isGiven(value: GivenValue | undefined): value is Given {
  return typeof value === 'object' && !Array.isArray(value)
}

function withValue(given: Given, [name, ...rest]: readonly string[], value: GivenValue): Given {
  if (name === undefined) return given
  const { [name]: old, ...others } = given
  const inner = rest.length === 0 ? value : withValue(isGiven(old) ? old : {}, rest, value)
  const isEmpty = inner === '' || (typeof inner === 'object' && Object.keys(inner).length === 0)
  // A data set is requested by its field, empty or not.
  return isEmpty && name !== 'dataset' ? others : { ...others, [name]: inner }
}

/**
 * The entered specification to send: if a default names a branch, such as a clipping policy with its threshold, and a
 * field of that branch is entered, the rest of the default stays beside it.
 */
export function buildSpecification(schema: FieldSchema, given: Given): Given {
  const { discriminator, default: fallback } = schema
  const telling = discriminator?.propertyName ?? ''
  const standard = (fallback ?? {}) as Given
  const isStandard = given[telling] === undefined || given[telling] === standard[telling]
  const whole = discriminator !== undefined && isStandard ? { ...standard, ...given } : given
  const branches = schema.anyOf?.filter(({ properties }) => properties !== undefined) ?? [schema]
  const branch = branches.find(({ properties }) => properties?.[telling]?.const === whole[telling]) ?? branches[0]
  const inner = Object.entries(whole).map(([name, value]) => {
    const property = branch?.properties?.[name]
    return [name, isGiven(value) && property !== undefined ? buildSpecification(property, value) : value] as const
  })
  return Object.fromEntries(inner)
}

/** The entered text of a field. */
export function getText(given: Given, { pointer, choices }: FormField): string {
  const path = parsePointer(pointer)
  let node: GivenValue | undefined = given
  for (const name of path) node = isGiven(node) ? node[name] : undefined
  if (node === undefined && choices.includes(UPLOADED) && 'dataset' in (getPart(given, path[0] ?? '') ?? {}))
    return UPLOADED
  if (Array.isArray(node)) return node.join(', ')
  return node === undefined || isGiven(node) ? '' : String(node)
}
