import { LIMITS } from '@unroll/contract'
import type { Quota } from '@unroll/store'
import type { FastifyReply } from 'fastify'
import type { Balance } from './shares.ts'

/** Units of draft-ietf-httpapi-ratelimit-headers; requests are the default. */
const QUOTA_UNITS: Readonly<Record<string, string>> = { bytes: ';qu="content-bytes"' }

/** Tells a client what is left of a quota (draft-ietf-httpapi-ratelimit-headers-10). */
export function tellBalance(reply: FastifyReply, { limit }: Quota, { left, endsInMs }: Balance): void {
  reply.header('ratelimit', `"${limit}";r=${left};t=${inSeconds(endsInMs)}`)
}

/** Tells a client what its quota is: not with every poll, of which a header is a noticeable part. */
export function tellPolicy(reply: FastifyReply, { limit, most, windowMs }: Quota): void {
  const unit = QUOTA_UNITS[LIMITS[limit].unit] ?? ''
  reply.header('ratelimit-policy', `"${limit}";q=${most}${unit};w=${windowMs / 1_000}`)
}

/** Whole seconds, of which not one is too few. */
export function inSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}
