import { Worker, type Job as Delivery } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { Redis } from 'ioredis'
import type { Context, DeliveryData } from '../redis/context.ts'
import { UNLIMITED_STALLS, queueName, wake } from './deliveries.ts'
import { interruptLost } from '../maintenance/reconcile.ts'

// A worker holds a job by the lock of its delivery. A lock that is not renewed runs out, and whoever watches the queue puts
// the job back in line. Redis that was away has let all locks run out: then workers get the time to renew theirs.

/** BullMQ's hand on a queue. It does nothing by itself. */
export type Fetcher = Worker<DeliveryData>

export function createFetcher(
  { keys, timing, onError }: Context,
  wanted: AcceleratorClass,
  connection: Redis,
): Fetcher {
  const fetcher = new Worker<DeliveryData>(queueName(wanted), null, {
    connection,
    prefix: keys.queue,
    autorun: false,
    lockDuration: timing.lockMs,
    stalledInterval: timing.stalledCheckMs,
    maxStalledCount: UNLIMITED_STALLS,
  })
  fetcher.on('error', onError)
  return fetcher
}

/** A delivery that a consumer has in hand. */
export interface Held {
  readonly fetcher: Fetcher
  readonly delivery: Delivery<DeliveryData>
  readonly token: string
}

/**
 * Renews a lock, also one that has run out: false when the job was delivered to another meanwhile.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function renewLock({ db, timing }: Context, { fetcher, delivery, token }: Held): Promise<boolean> {
  const { jobId } = delivery.data
  const key = fetcher.toKey(jobId)
  const ofQueue = ['active', 'stalled'].map((part) => fetcher.toKey(part))
  const args = [token, timing.lockMs, jobId, delivery.attemptsStarted]
  return (await db.script<0 | 1>('renew_lock', [`${key}:lock`, key, ...ofQueue], args)) === 1
}

/**
 * Puts jobs back in line whose locks have run out since the look before, unless the queues were not watched of late. Should
 * this process die between queue and record, `reconcile` does the rest.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function takeBack(context: Context, fetchers: ReadonlyMap<AcceleratorClass, Fetcher>): Promise<void> {
  const { db, keys, timing } = context
  for (const [wanted, fetcher] of fetchers) {
    const args = [timing.lockMs / 2, timing.lockMs]
    if ((await db.script<0 | 1>('watch_queue', [keys.watched(wanted)], args)) === 0) continue
    const ids = await fetcher.getBackend().moveStalledJobsToWait()
    await Promise.all(ids.map((id) => interruptLost(context, id)))
    if (ids.length > 0) wake(context)
  }
}
