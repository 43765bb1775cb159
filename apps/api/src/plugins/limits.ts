import { UnrollError } from '@unroll/contract'
import type { Quota } from '@unroll/store'
import type { FastifyReply } from 'fastify'
import { occupyPlace } from '../limits/places.ts'
import { inSeconds, tellBalance, tellPolicy } from '../limits/rate_headers.ts'
import { Shares, type Balance } from '../limits/shares.ts'
import type { App } from '../types.ts'
import { isSafe } from './methods.ts'
import { settle } from './settle.ts'

/** Refuses requests above the limits of their caller, and what is new where there is no room for it. */
export function limits(app: App): void {
  const shares = new Shares(app.store.quotas)
  app.addHook('onRequest', (request, reply, done) => {
    const quota = request.caller.quotas[isSafe(request.method) ? 'reads' : 'writes']
    if (quota === undefined) return done()
    const balance = shares.spend(quota)
    if (!(balance instanceof Promise)) return done(judge(reply, quota, balance))
    const judged = async () => judge(reply, quota, await balance)
    void settle(judged(), done)
  })
  app.addHook('onRequest', (request, reply, done) => {
    const { places, scope, stores = scope === 'submit' } = request.routeOptions.config
    const needsRoom = stores && !isSafe(request.method) && request.method !== 'DELETE'
    if (places === undefined && !needsRoom) return done()
    const admitted = async () => {
      if (places !== undefined) await occupyPlace(app, places, request, reply)
      if (needsRoom) await app.room.refuseWhenFull()
    }
    void settle(admitted(), done)
  })
}

function judge(reply: FastifyReply, quota: Quota, balance: Balance): UnrollError | undefined {
  tellBalance(reply, quota, balance)
  if (!balance.isSpent || quota.limit !== 'reads') tellPolicy(reply, quota)
  if (balance.isSpent) return undefined
  reply.header('retry-after', inSeconds(balance.endsInMs))
  const { limit, most, windowMs } = quota
  return new UnrollError(
    'RATE_LIMITED',
    `Cannot answer as the key has sent ${most} requests within ${windowMs / 1_000} s (limit ${limit})`,
  )
}
