import { ERRORS, ProblemDetails, type ErrorCode } from '@unroll/contract'
import { Type, type TSchema } from 'typebox'
import { FORMATS } from '../metrics/formats.ts'

/** Problems that any route may return. */
const ALWAYS: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'UNAUTHENTICATED',
  'SCOPE_MISSING',
  'HOST_UNKNOWN',
  'RATE_LIMITED',
  'STORE_UNAVAILABLE',
  'ISSUER_UNAVAILABLE',
  'OVERLOADED',
  'STOPPING',
  'INTERNAL',
]

/** Problems that say when to ask again. */
const WITH_RETRY_AFTER: readonly ErrorCode[] = ['RATE_LIMITED', 'STORE_UNAVAILABLE', 'ISSUER_UNAVAILABLE']

/** Problems that a route may return to which a specification is submitted. */
export const SUBMISSION_REFUSALS: readonly ErrorCode[] = [
  'INVALID_SPECIFICATION',
  'DATASET_NOT_FOUND',
  'DATASET_UNSUITABLE',
  'JOB_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'CHECKPOINT_DAMAGED',
  'MODEL_NOT_FOUND',
  'WEIGHTS_NOT_FOUND',
  'WEIGHTS_INVALID',
  'WEIGHTS_TOO_LARGE',
  'WEIGHTS_UNSUITABLE',
  'ARTIFACTS_UNAVAILABLE',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_SPENT',
  'QUOTA_EXCEEDED',
  'STORAGE_FULL',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'CROSS_ORIGIN',
]

/** The `response` of a route's schema: its success response and its own problems. */
export function answers(well: Record<number, object>, problems: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...problems, ...ALWAYS]) {
    const { status } = ERRORS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const refused = [...byStatus].map(([status, codes]) => [status, problemAnswer(codes)] as const)
  return { ...well, ...Object.fromEntries(refused) }
}

function problemAnswer(codes: readonly ErrorCode[]): object {
  const isPassing = codes.some((code) => WITH_RETRY_AFTER.includes(code))
  const headers = isPassing && { headers: { 'retry-after': header('Seconds after which to send the request again.') } }
  return {
    description: codes.join(', '),
    ...headers,
    content: { 'application/problem+json': { schema: ProblemDetails } },
  }
}

/** A response with a body, described in one line. */
export function answer(schema: TSchema, description: string, headers: Record<string, object> = {}): object {
  return { ...schema, description, ...(Object.keys(headers).length > 0 && { headers }) }
}

/** A response whose numbers are also available as a table, in every table format. */
export function table(schema: TSchema, description: string, headers: Record<string, object>): object {
  const [json = '', ...others] = FORMATS
  const text = { schema: { type: 'string', format: 'binary' } }
  return {
    description,
    headers,
    content: { [json]: { schema }, ...Object.fromEntries(others.map((type) => [type, text])) },
  }
}

/** A response without a body. */
export function noBody(description: string): TSchema {
  return Type.Null({ description })
}

/** Headers of a response, for the document. */
export function header(description: string): object {
  return { type: 'string', description }
}
