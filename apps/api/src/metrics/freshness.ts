import { formatCursor } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Names the state of a run in a strong `ETag`: where its metrics are and whether it has ended. Together with the address
 * that settles the answer.
 *
 * @param format what tells representations of one address apart. @default nothing
 * @returns true when the client has that answer already
 */
export function isKnown(request: FastifyRequest, reply: FastifyReply, head: MetricsHead, format?: string): boolean {
  const etag = formatEtag(head, format)
  reply.header('etag', etag).header('cache-control', 'private, no-cache')
  const known = request.headers['if-none-match'] ?? ''
  // A cache on the way may have weakened the tag (RFC 9110, 13.1.2).
  return known.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

export function formatEtag(head: MetricsHead, format: string = ''): string {
  return `"${formatCursor(head)}${head.done ? '.done' : ''}${format}"`
}

/**
 * Names what a page with as many rows as it may have depends on, beside its address: an attempt only appends rows, and the
 * next one alone takes some back.
 *
 * @param format as of `isKnown`
 */
export function formatFullPageTag({ epoch, done }: MetricsHead, format: string = ''): string {
  return `${epoch}${done ? '.done' : ''}${format}`
}
