import { UnrollError } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const JSON_TYPE = 'application/json'
/** A further media type that PATCH accepts (RFC 7396). */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json'

/** Names of UTF-8 and of its subsets. */
const UTF8_CHARSETS = ['utf-8', 'utf8', 'us-ascii']

/** Whether a content type has no charset or names UTF-8. */
export function isUtf8Charset(contentType: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]*)/i.exec(contentType) ?? []
  return UTF8_CHARSETS.includes(charset.toLowerCase())
}

/**
 * Refuses a compressed body: a small one may expand to any size.
 *
 * @throws {UnrollError} UNSUPPORTED_MEDIA_TYPE; `Accept-Encoding` of the response names the accepted encodings (RFC
 * 9110, section 15.5.16)
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

/** The error for a body of another media type than the route accepts. */
export function unsupportedMediaType({ headers, routeOptions }: FastifyRequest): UnrollError {
  const wanted = routeOptions.config.mediaType ?? 'application/json'
  const given = headers['content-type'] ?? ''
  return new UnrollError('UNSUPPORTED_MEDIA_TYPE', `Cannot read the body: its media type must be ${wanted}`, {
    faults: [
      { pointer: 'content-type', detail: `Must be ${wanted}: current value is ${JSON.stringify(given)}`, value: given },
    ],
  })
}
