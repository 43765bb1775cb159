import { UnrollError } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const JSON_TYPE = 'application/json'
/** What a PATCH may call its body as well (RFC 7396). */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json'

/** Names of UTF-8, and of what it includes. */
const UTF8_CHARSETS = ['utf-8', 'utf8', 'us-ascii']

/** Whether a content type leaves its charset out or names UTF-8. */
export function isUtf8Charset(contentType: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]*)/i.exec(contentType) ?? []
  return UTF8_CHARSETS.includes(charset.toLowerCase())
}

/**
 * Refuses a body that is compressed: a small one may unpack to any size.
 *
 * @throws {UnrollError} UNSUPPORTED_MEDIA_TYPE; `Accept-Encoding` of the answer has what is taken (RFC 9110, section 15.5.16)
 */
export function refuseCodings({ headers }: FastifyRequest, reply: FastifyReply): void {
  const coding = headers['content-encoding']
  if (coding === undefined || coding.trim().toLowerCase() === 'identity') return
  reply.header('accept-encoding', 'identity')
  const detail = `Must be identity, or left out: current value is ${JSON.stringify(coding)}`
  throw new UnrollError('UNSUPPORTED_MEDIA_TYPE', `Cannot read the body: it must have no content coding`, {
    faults: [{ pointer: 'content-encoding', detail, value: coding }],
  })
}

/** A body that is not of the media type the route takes. */
export function unsupportedMediaType({ headers, routeOptions }: FastifyRequest): UnrollError {
  const wanted = routeOptions.config.mediaType ?? 'application/json'
  const given = headers['content-type'] ?? ''
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', `Cannot read the body: its media type must be ${wanted}`, {
    faults: [
      { pointer: 'content-type', detail: `Must be ${wanted}: current value is ${JSON.stringify(given)}`, value: given },
    ],
  })
}
