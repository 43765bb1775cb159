import { ErrorCode, Queue, type Job as Delivery } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JobStatus } from '@unroll/spec'
import type { Context } from './context.ts'
import type { Keys } from './keys.ts'

/** What BullMQ holds of a job: the record is the truth. */
export type DeliveryData = { jobId: string }

export const QUEUE_NAME = 'jobs'
export const UNLIMITED_STALLS: number = Number.MAX_SAFE_INTEGER // jobs.claim counts restarts, not BullMQ
const EVENTS_KEPT = 100 // of BullMQ's own stream, which nothing of ours reads

export function createQueue(redis: Redis, keys: Keys): Queue<DeliveryData> {
  return new Queue<DeliveryData>(QUEUE_NAME, {
    connection: redis,
    prefix: keys.queue,
    streams: { events: { maxLen: EVENTS_KEPT } },
    // Gone once through, so that the same id can be queued again.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  })
}

/** Puts a job into the queue, unless it is there already. */
export async function enqueue({ db, bull }: Context, id: string, priority: number): Promise<Delivery> {
  return await db.command(() => bull.add('train', { jobId: id }, { jobId: id, priority }))
}

/** Puts a job into the queue that is to be there: whoever holds it no more may have been asked to go on meanwhile. */
export async function requeue(context: Context, id: string): Promise<void> {
  const key = context.keys.record(id)
  const [status, priority] = await context.db.command((redis) => redis.hmget(key, 'status', 'priority'))
  if (status === ('queued' satisfies JobStatus)) await enqueue(context, id, Number(priority))
}

/** Takes a job out of the queue, unless a consumer has it: that one will be refused it. */
export async function dequeue({ db, bull }: Context, id: string): Promise<void> {
  await db.command(() => bull.remove(id))
}

/** Moves a job that waits in the queue to the place of its priority. */
export async function prioritize({ db, bull }: Context, id: string, priority: number): Promise<void> {
  const delivery = await db.command(() => bull.getJob(id))
  await db.command(async () => delivery?.changePriority({ priority }).catch(unlessGone))
}

function unlessGone(error: Error & { code?: number }): void {
  if (error.code !== (ErrorCode.JobNotExist as number)) throw error // it was taken and ended meanwhile
}

/** Where the queue has a job: with a consumer, waiting for one, or nowhere. */
export async function deliveryOf({ db, bull }: Context, id: string): Promise<'active' | 'waiting' | 'none'> {
  const state = await db.command(() => bull.getJobState(id))
  if (state === 'active') return 'active'
  return state === 'unknown' || state === 'completed' || state === 'failed' ? 'none' : 'waiting'
}
