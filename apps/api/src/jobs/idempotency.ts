import { createHash } from 'node:crypto'
import type { Idempotency } from '@unroll/store'
import type { FastifyRequest } from 'fastify'
import { Type, type TObject, type TOptional, type TString } from 'typebox'
import { header } from '../document/answers.ts'

type KeyHeaders = TObject<{ 'idempotency-key': TOptional<TString> }>

/** Headers of a request that may have an idempotency key. @param description what the key is good for */
export function keyHeaders(description: string): KeyHeaders {
  return Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255, description })) })
}

/** Headers of a request that makes something. */
export const IDEMPOTENCY_HEADERS: KeyHeaders = keyHeaders(
  'The same key with the same request gives what it made for 24 hours, however often it is sent.',
)

/** Headers of the response that tells what a request made, now or before. */
export function creationHeaders(made: 'job' | 'sweep'): Record<string, object> {
  return {
    location: header(`Where the ${made} is.`),
    'idempotent-replayed': header(`"true" when the key was used before and this is the ${made} of that time.`),
  }
}

/** The idempotency key of a request with a digest of its content; undefined without a key. */
export function fingerprintRequest(
  { headers, caller }: Pick<FastifyRequest, 'headers' | 'caller'>,
  content: unknown,
): Idempotency | undefined {
  const key = readKey({ headers })
  if (key === undefined) return undefined
  return { key, owner: caller.owner, fingerprint: createHash('sha256').update(inOneOrder(content)).digest('hex') }
}

/** The idempotency key of a request; undefined without one. */
export function readKey({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? key : undefined
}

/** JSON with its members sorted by name: their order in a request has no meaning. */
function inOneOrder(request: unknown): string {
  return JSON.stringify(request, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
  })
}
