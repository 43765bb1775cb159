import { LIMITS } from '@unroll/contract'
import type { Quota } from '@unroll/store'
import type { FastifyReply } from 'fastify'
import type { Balance } from './shares.ts'

/** Units of draft-ietf-httpapi-ratelimit-headers; requests are the default. */
const QUOTA_UNITS: Readonly<Record<string, string>> = { bytes: ';qu="content-bytes"' }

/** Tells a client what it may ask for (draft-ietf-httpapi-ratelimit-headers-10): the quota, and what is left of it. */
export function tellRate(reply: FastifyReply, { limit, most, windowMs }: Quota, { left, endsInMs }: Balance): void {
  const unit = QUOTA_UNITS[LIMITS[limit].unit] ?? ''
  reply
    .header('ratelimit-policy', `"${limit}";q=${most}${unit};w=${windowMs / 1_000}`)
    .header('ratelimit', `"${limit}";r=${left};t=${inSeconds(endsInMs)}`)
}

/** Whole seconds, of which not one is too few. */
export function inSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}
