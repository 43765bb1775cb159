import {
  JobFork,
  JobPatch,
  JobRetry,
  JobSpecSchema,
  SessionSpecSchema,
  SweepSpecSchema,
  TaskSampleRequest,
  UnrollError,
  check,
  compileCheck,
  cut,
  parseJobSpec,
  parseSessionSpec,
  parseSweepSpec,
  parseTaskSampleRequest,
  type Checked,
  type Fault,
} from '@unroll/contract'
import { Type, type TObject, type TSchema } from 'typebox'
import type { App } from '../types.ts'
import { NULL_BODY } from './json_body.ts'
import { parameterName, readQuery } from './query.ts'

/** Schema of a body that is passed on as a stream: its reader validates it. */
export const TEXT_STREAM: TSchema = Type.String({
  minLength: 1,
  pattern: String.raw`^[^\x00]*$`,
  description: 'The text, without NUL.',
})

/** The same for a body that may be anything. */
export const BYTE_STREAM: TSchema = Type.String({ format: 'binary', description: 'The bytes of the file.' })

/** Schemas of bodies that are jobs or parts of them. */
const SPECIFICATIONS: readonly unknown[] = [
  JobSpecSchema,
  JobFork,
  JobPatch,
  JobRetry,
  SessionSpecSchema,
  SweepSpecSchema,
]

type Check = (value: unknown) => Checked<unknown>

/** Parsers of bodies that have rules between their fields, by schema. */
const PARSERS = new Map<unknown, Check>([
  [JobSpecSchema, parseJobSpec],
  [SessionSpecSchema, parseSessionSpec],
  [SweepSpecSchema, parseSweepSpec],
  [TaskSampleRequest, parseTaskSampleRequest],
])

const NO_QUERY = Type.Object({}, { additionalProperties: false })

/**
 * Validates every part of a request with the contract package, so that a client gets all faults at once, including
 * unknown fields.
 *
 * Responses are written by `JSON.stringify`: they are built from typed values, and a writer compiled from schemas would
 * silently drop fields that a schema lacks. Tests check responses against their schemas instead.
 */
export function validation(app: App): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const checkPart = httpPart === 'body' ? checkBody(schema) : checkParameters(schema as TObject)
    return (value: unknown) => {
      const checked = checkPart(value)
      return checked.ok
        ? { value: checked.value }
        : { error: refusal(SPECIFICATIONS.includes(schema) ? 'specification' : httpPart, checked.faults) }
    }
  })
  app.setSerializerCompiler(() => JSON.stringify)
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1')) route.schema = { querystring: NO_QUERY, ...route.schema }
  })
}

function checkBody(schema: TSchema): Check {
  let checkValue = PARSERS.get(schema)
  return (given) => {
    const value = given === NULL_BODY ? null : (given ?? undefined) // no body at all: its default applies, if it has one
    if (schema === TEXT_STREAM || schema === BYTE_STREAM) return { ok: true, value }
    checkValue ??= 'properties' in schema ? compileCheck(schema as TObject) : (body) => check(schema, body) // with the first
    return checkValue(value)
  }
}

function checkParameters(schema: TObject): Check {
  const checkValues = compileCheck(schema)
  return (value) => {
    const checked = checkValues(readQuery(schema, value as Record<string, string>))
    if (checked.ok) return checked
    return { ok: false, faults: checked.faults.map((fault) => ({ ...fault, pointer: parameterName(fault.pointer) })) }
  }
}

function refusal(part: string | undefined, faults: Fault[]): UnrollError {
  const places = listPlaces(faults)
  if (part === 'specification')
    return new UnrollError(
      'INVALID_SPECIFICATION',
      `Cannot accept the specification as these fields are at fault: ${places}`,
      {
        faults,
      },
    )
  return new UnrollError(
    'INVALID_REQUEST',
    `Cannot answer as these ${part === 'body' ? 'fields' : 'parameters'} are at fault: ${places}`,
    { faults },
  )
}

/** Number of places in a message; the list of faults has all. */
const MOST_PLACES = 20
const LONGEST_PLACE = 80

function listPlaces(faults: readonly Fault[]): string {
  const named = faults
    .slice(0, MOST_PLACES)
    .map(({ pointer }) => (pointer === '' ? 'the body itself' : cut(pointer, LONGEST_PLACE)))
  return named.join(', ') + (faults.length > MOST_PLACES ? ' and others' : '')
}
