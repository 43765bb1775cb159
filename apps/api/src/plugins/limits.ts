import { UnrollError } from '@unroll/contract'
import type { Quota } from '@unroll/store'
import type { FastifyReply } from 'fastify'
import { occupyPlace } from '../limits/places.ts'
import { inSeconds, tellRate } from '../limits/rate_headers.ts'
import { Shares, findQuota, type Balance } from '../limits/shares.ts'
import type { App } from '../types.ts'
import { settle } from './settle.ts'

const READING = ['GET', 'HEAD', 'OPTIONS']

/** Refuses requests above the limits of their caller, and what is new where there is no room for it. */
export function limits(app: App): void {
  const shares = new Shares(app.store.quotas)
  app.addHook('onRequest', (request, reply, done) => {
    const quota = findQuota(request.caller, READING.includes(request.method) ? 'reads' : 'writes')
    if (quota === undefined) return done()
    const balance = shares.spend(quota)
    if (!(balance instanceof Promise)) return done(judge(reply, quota, balance))
    const judged = async () => judge(reply, quota, await balance)
    void settle(judged(), done)
  })
  app.addHook('onRequest', async (request, reply) => {
    const { places, scope, stores = scope === 'submit' } = request.routeOptions.config
    if (places !== undefined) await occupyPlace(app, places, request, reply)
    if (stores && !READING.includes(request.method) && request.method !== 'DELETE') await app.room.refuseWhenFull()
  })
}

function judge(reply: FastifyReply, quota: Quota, balance: Balance): UnrollError | undefined {
  tellRate(reply, quota, balance)
  if (balance.isSpent) return undefined
  reply.header('retry-after', inSeconds(balance.endsInMs))
  const { limit, most, windowMs } = quota
  return new UnrollError(
    'RATE_LIMITED',
    `Cannot answer as the key has sent ${most} requests within ${windowMs / 1_000} s (limit ${limit})`,
  )
}
