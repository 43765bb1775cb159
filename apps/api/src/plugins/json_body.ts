import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { UnrollError, type Fault } from '@unroll/contract'
import type { FastifyRequest } from 'fastify'
import type { App } from '../types.ts'
import { findExcess } from './json_bounds.ts'
import { harmIn } from './json_names.ts'
import { faultOffset } from './json_place.ts'
import { JSON_TYPE, MERGE_PATCH_TYPE, isUtf8Charset, refuseCodings, unsupportedMediaType } from './media.ts'

/** Bodies have at most 1 MiB: a job specification has a few hundred bytes. */
export const MAX_JSON_BYTES: number = 2 ** 20

/** Time in which a slow client must send a body of JSON. */
const BODY_MS = 5 * 60_000

/** A body that is `null`: the framework treats null itself as an absent body, which may have a default. */
export const NULL_BODY: unique symbol = Symbol('null')

/** Reads JSON bodies and refuses all others. */
export function jsonBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', async (request, reply) => refuseCodings(request, reply))
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (routeOptions.config.isUpload === true || !hasBody(raw)) return
    const limit = setTimeout(() => raw.destroy(), BODY_MS).unref()
    raw.once('close', () => clearTimeout(limit))
  })
  app.addContentTypeParser(
    [JSON_TYPE, MERGE_PATCH_TYPE],
    { parseAs: 'buffer', bodyLimit: MAX_JSON_BYTES },
    (request, bytes, done) => {
      try {
        done(null, decodeBody(request, bytes as Buffer))
      } catch (error) {
        done(error as UnrollError)
      }
    },
  )
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function decodeBody(request: FastifyRequest, bytes: Buffer): unknown {
  const type = request.headers['content-type'] ?? ''
  const isPatch = type.trimStart().toLowerCase().startsWith(MERGE_PATCH_TYPE)
  if ((isPatch && request.method !== 'PATCH') || !isUtf8Charset(type)) throw unsupportedMediaType(request)
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw unreadable('not UTF-8', { pointer: '', detail: 'Must be JSON in UTF-8' })
  return parseJson(new TextDecoder().decode(bytes), request.routeOptions.config.mostValues) ?? NULL_BODY // the decoder drops a byte order mark
}

/** @throws {UnrollError} INVALID_REQUEST, that names the position of the fault, or the exceeded bound */
export function parseJson(text: string, mostValues?: number): unknown {
  const excess = findExcess(text, mostValues)
  if (excess !== undefined) throw unreadable('too much to be looked at', { pointer: '', detail: excess })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable('not JSON', { pointer: '', detail: `Must be JSON: ${describe(cause, text)}` }, cause)
  }
  const harm = harmIn(text, value)
  if (harm !== undefined) throw unreadable('harmful to those who read it', harm)
  return value
}

function unreadable(what: string, fault: Fault, cause?: unknown): UnrollError {
  return new UnrollError('INVALID_REQUEST', `Cannot read the body as it is ${what}`, { faults: [fault], cause })
}

function describe(error: unknown, text: string): string {
  const { message } = error as Error
  const [reason = message] = message.split(/, (?:\.\.\.)?"| in JSON at position/, 1)
  // The parser quotes only the first half of a surrogate pair, which is not text.
  return `${reason.replaceAll(/\p{Surrogate}/gu, '\uFFFD')} at ${locate(text, faultOffset(text))}`
}

function locate(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}
