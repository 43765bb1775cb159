import { Worker, type Job as Delivery } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { Redis } from 'ioredis'
import type { Context, DeliveryData } from '../redis/context.ts'
import { UNLIMITED_STALLS, queueName } from './deliveries.ts'

// A worker holds a job by the lock of its delivery. A lock that is not renewed expires, and a process that watches the
// queue returns the job to the line. After an outage of Redis all locks have expired: workers then have time to renew
// them.

/** BullMQ's access to a queue. It does nothing by itself. */
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

/** A delivery that a consumer holds. */
export interface Held {
  readonly fetcher: Fetcher
  readonly delivery: Delivery<DeliveryData>
  readonly token: string
}

/**
 * Renews a lock, also an expired one.
 *
 * @returns false if the job was delivered to another consumer meanwhile
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function renewLock({ db, timing }: Context, { fetcher, delivery, token }: Held): Promise<boolean> {
  const { jobId } = delivery.data
  const key = fetcher.toKey(jobId)
  const ofQueue = ['active', 'stalled'].map((part) => fetcher.toKey(part))
  const args = [token, timing.lockMs, jobId, delivery.attemptsStarted]
  return (await db.script<0 | 1>('renew_lock', [`${key}:lock`, key, ...ofQueue], args)) === 1
}
