import { UnrollError, type LimitName } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../types.ts'

/** A place of a process that was killed is free after this time. */
const HELD_MS = 60_000
const HOLD_EVERY_MS = 20_000
const RETRY_AFTER_SECONDS = 1

/**
 * Occupies one of the places that a caller has at the same time, until the request has been answered or breaks off.
 *
 * @throws {UnrollError} RATE_LIMITED, STORE_UNAVAILABLE
 */
export async function occupyPlace(
  app: App,
  limit: LimitName,
  { caller, id, log }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const quota = caller.quotas[limit]
  if (quota === undefined) return
  const { most, subject } = quota
  const { quotas } = app.store
  const hold = () => quotas.occupy(limit, subject, { id, most, forMs: HELD_MS })
  if (!(await hold())) {
    reply
      .header('retry-after', RETRY_AFTER_SECONDS)
      .header('ratelimit-policy', `"${limit}";q=${most};qu="concurrent-requests"`)
    throw new UnrollError(
      'RATE_LIMITED',
      `Cannot take more at the same time: the key has ${most} under way (limit ${limit})`,
    )
  }
  const holding = setInterval(
    () => void hold().catch((error: unknown) => log.warn(error, 'place not held')),
    HOLD_EVERY_MS,
  )
  const leave = () => {
    clearInterval(holding)
    quotas.leave(limit, subject, id).catch((error: unknown) => log.warn(error, 'place free only later'))
  }
  if (reply.raw.destroyed) leave()
  else reply.raw.once('close', leave)
}
