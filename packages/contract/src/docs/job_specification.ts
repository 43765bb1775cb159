import type { TObject, TSchema } from 'typebox'
import { JobSpecSchema } from '../job/job_spec.ts'
import { wanted } from '../schema/wanted.ts'
import { code, opening, table } from './markdown.ts'

interface Described {
  description?: string
  default?: unknown
  discriminator?: { propertyName: string }
  anyOf?: TSchema[]
}

const HEAD = ['field', 'must be', 'default', '']

const INTRODUCTION = `
The body of \`POST /v1/jobs\`. Every field except \`model.cell\` and \`data\` has a default. Unknown fields are refused, and every
fault of a body is reported at once. The letters are those of [math/notation.md](math/notation.md).
`

/** The document of every field of a job. */
export function jobSpecification(): string {
  const fields = Object.entries(JobSpecSchema.properties)
  const plain = fields.filter(([, schema]) => !isGroup(schema))
  const groups = fields.filter(([, schema]) => isGroup(schema))
  return [
    opening('Job specification', '`packages/contract/src/job`'),
    INTRODUCTION.trimStart(),
    fieldTable(plain, isRequiredBy(JobSpecSchema)),
    ...groups.flatMap(([name, schema]) => section(name, schema)),
    '',
  ].join('\n')
}

function section(name: string, schema: TSchema): string[] {
  const { description = '', discriminator, anyOf } = schema as Described
  const start = [`\n## ${name}\n`, `${description} ${formatDefault(schema)}`.trim(), '']
  if (discriminator === undefined || anyOf === undefined) return [...start, objectTable(schema as TObject)]
  const branches = anyOf as TObject[]
  const [first, ...others] = branches.map(({ properties }) => properties)
  const common = Object.entries(first ?? {}).filter(([field, own]) =>
    others.every((properties) => JSON.stringify(properties[field]) === JSON.stringify(own)),
  )
  const inCommon = new Set(common.map(([field]) => field))
  return [
    ...start,
    ...(common.length === 0 ? [] : [fieldTable(common, () => false), '']),
    ...branches.flatMap((branch) => variantSection(branch, discriminator.propertyName, inCommon)),
  ]
}

/** A branch of a union: its description, and its fields beside those that all branches share. */
function variantSection(branch: TObject, telling: string, common: ReadonlySet<string>): string[] {
  const { [telling]: name, ...rest } = branch.properties
  const told = (name ?? {}) as { const?: string; description?: string }
  const title = told.const === undefined ? Object.keys(rest)[0] : `${telling}: ${told.const}`
  const own = Object.entries(rest).filter(([field]) => !common.has(field))
  return [
    `### ${code(title ?? telling)}\n`,
    ...(told.description === undefined ? [] : [`${told.description}\n`]),
    ...(own.length === 0 ? [] : [fieldTable(own, isRequiredBy(branch)), '']),
  ]
}

function objectTable(schema: TObject): string {
  return fieldTable(Object.entries(schema.properties), isRequiredBy(schema))
}

function fieldTable(fields: readonly [string, TSchema][], isRequired: (name: string) => boolean): string {
  return table(
    HEAD,
    fields.flatMap(([name, schema]) => rows(name, schema, isRequired(name))),
  )
}

/** The row of a field, and below it one for each field of an object, such as `init.std`. */
function rows(name: string, schema: TSchema, required: boolean): string[][] {
  const { description = '' } = schema as Described
  const own = [code(name), mustBe(schema), required ? 'required' : defaultCell(schema), description]
  const nested = nestedFields(schema).flatMap(({ field, inner, branches }) => {
    const [[path = '', wants = '', fallback = '', says = ''] = []] = rows(`${name}.${field}`, inner, false)
    return [[path, wants, fallback, branches.length === 0 ? says : `${says} (${branches.join(', ')})`]]
  })
  return [own, ...nested]
}

function mustBe(schema: TSchema): string {
  const { discriminator, anyOf = [] } = schema as Described
  if (discriminator === undefined) return escapeMarkup(wanted(schema))
  const names = (anyOf as TObject[]).map(({ properties }) => wanted(properties[discriminator.propertyName] ?? {}))
  return `an object whose ${code(discriminator.propertyName)} is one of ${names.join(', ')}`
}

/** A pattern has characters that Markdown would take for a link. */
function escapeMarkup(text: string): string {
  return text.replaceAll(/[[\]\\*]/g, String.raw`\$&`)
}

interface NestedField {
  field: string
  inner: TSchema
  /** Branches of a union with the field; empty if all have it. */
  branches: string[]
}

/** Fields of an object, or of all branches of a union; shared fields appear once. */
function nestedFields(schema: TSchema): NestedField[] {
  const { discriminator, anyOf = [] } = schema as Described
  const objects = [schema, ...anyOf].filter((branch): branch is TObject => 'properties' in branch)
  const found = new Map<string, NestedField>()
  for (const { properties, title = '' } of objects as (TObject & { title?: string })[]) {
    for (const [field, inner] of Object.entries(properties)) {
      const key = `${field} ${JSON.stringify(inner)}`
      found.set(key, { field, inner, branches: [...(found.get(key)?.branches ?? []), title] })
    }
  }
  return [...found.values()]
    .filter(({ field }) => field !== discriminator?.propertyName)
    .map((entry) => (entry.branches.length === objects.length ? { ...entry, branches: [] } : entry))
}

/** Fields with a default are optional, although a filled-in specification always has them. */
function isRequiredBy(schema: TSchema): (name: string) => boolean {
  const { required = [], properties = {} } = schema as { required?: string[]; properties?: Record<string, TSchema> }
  return (name) => required.includes(name) && !('default' in (properties[name] ?? {}))
}

function isGroup(schema: TSchema): boolean {
  return 'properties' in schema || 'discriminator' in schema
}

function formatDefault(schema: TSchema): string {
  const { default: fallback } = schema as Described
  return fallback === undefined || JSON.stringify(fallback) === '{}'
    ? ''
    : `Default: ${code(JSON.stringify(fallback))}.`
}

function defaultCell(schema: TSchema): string {
  const { default: fallback } = schema as Described
  return fallback === undefined ? '' : code(JSON.stringify(fallback))
}
