import { formatCursor } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { header, noBody } from '../document/answers.ts'

/** Headers of a response about the state of a run, and of one that readers go on from. */
export const STATE_HEADERS: Record<string, object> = { etag: header('State of the run, for `If-None-Match`.') }
export const CURSOR_HEADERS: Record<string, object> = {
  ...STATE_HEADERS,
  'unroll-cursor': header('Place to go on from, as in `cursor`.'),
}

/** The response to a client that has the state already. */
export const UNCHANGED: Record<number, object> = {
  304: noBody('Nothing has changed since the response in `If-None-Match`.'),
}

/**
 * Sets a strong `ETag` of the state of a run: the end of its metrics and whether it has ended. Together with the URL
 * this determines the response.
 *
 * @param format distinguishes the representations of one URL.
 * @default ''
 * @returns whether the client already has this response
 */
export function isKnown(request: FastifyRequest, reply: FastifyReply, head: MetricsHead, format?: string): boolean {
  const etag = formatEtag(head, format)
  reply.header('etag', etag).header('cache-control', 'private, no-cache')
  const known = request.headers['if-none-match'] ?? ''
  // A cache may have made the tag weak (RFC 9110, 13.1.2).
  return known.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

export function formatEtag(head: MetricsHead, format: string = ''): string {
  return `"${formatCursor(head)}${head.done ? '.done' : ''}${format}"`
}

/**
 * Identifies, beside its URL, the state on which a full page depends: an attempt only appends rows, and only the next
 * attempt removes some.
 *
 * @param format as in `isKnown`
 */
export function formatFullPageTag({ epoch, done }: MetricsHead, format: string = ''): string {
  return `${epoch}${done ? '.done' : ''}${format}`
}
