import { ErrorCode, Queue } from 'bullmq'
import { ACCELERATOR_CLASSES, type AcceleratorClass, type JobStatus } from '@unroll/contract'
import type { Redis } from 'ioredis'
import type { OnError } from '../redis/connection.ts'
import type { Context, DeliveryData, Queues } from '../redis/context.ts'
import { QUEUE_TOPIC } from '../fleet/control.ts'
import type { Keys } from '../redis/keys.ts'

export const UNLIMITED_STALLS: number = Number.MAX_SAFE_INTEGER // jobs.claim counts restarts, not BullMQ
const EVENTS_KEPT = 100 // of BullMQ's own stream, which nothing of ours reads

export function queueName(wanted: AcceleratorClass | ''): string {
  return `jobs-${wanted}`
}

export function createQueues(redis: Redis, keys: Keys, onError: OnError): Queues {
  const queues = ACCELERATOR_CLASSES.map((wanted) => {
    const queue = new Queue<DeliveryData>(queueName(wanted), {
      connection: redis,
      prefix: keys.queue,
      streams: { events: { maxLen: EVENTS_KEPT } },
      // Gone once through, so that the same id can be queued again.
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    })
    queue.on('error', onError)
    return [wanted, queue] as const
  })
  return Object.fromEntries(queues) as Queues
}

/** Puts a job into the queue, unless it is there already. */
export async function enqueue(
  context: Context,
  id: string,
  { wanted, priority }: { wanted: AcceleratorClass; priority: number },
): Promise<void> {
  await context.db.command(() => context.queues[wanted].add('train', { jobId: id }, { jobId: id, priority }))
  wake(context)
}

/** Tells idle consumers that there may be a job. A lost nudge costs them a second. */
export function wake({ db, keys, onError }: Context): void {
  db.command((redis) => redis.publish(keys.control, QUEUE_TOPIC)).catch(onError)
}

/** Puts a job into the queue that is to be there: whoever holds it no more may have been asked to go on meanwhile. */
export async function requeue(context: Context, id: string): Promise<void> {
  const key = context.keys.record(id)
  const fields = await context.db.command((redis) => redis.hmget(key, 'status', 'priority', 'accelerator'))
  const [status, priority, wanted] = fields
  if (status === ('queued' satisfies JobStatus))
    await enqueue(context, id, { wanted: wanted as AcceleratorClass, priority: Number(priority) })
}

/** Takes a job out of the queue, unless a consumer has it: that one will be refused it. */
export async function dequeue(context: Context, id: string): Promise<void> {
  const queue = await queueOf(context, id)
  await context.db.command(async () => queue?.remove(id))
}

/** The queue that a job belongs to; undefined when there is no such job. */
async function queueOf({ db, keys, queues }: Context, id: string): Promise<Queue<DeliveryData> | undefined> {
  const wanted = await db.command((redis) => redis.hget(keys.record(id), 'accelerator'))
  return queues[wanted as AcceleratorClass]
}

/** Moves a job that waits in the queue to the place of its priority. */
export async function prioritize(context: Context, id: string, priority: number): Promise<void> {
  const queue = await queueOf(context, id)
  const delivery = await context.db.command(async () => queue?.getJob(id))
  await context.db.command(async () => delivery?.changePriority({ priority }).catch(unlessGone))
}

function unlessGone(error: Error & { code?: number }): void {
  if (error.code !== (ErrorCode.JobNotExist as number)) throw error // it was taken and ended meanwhile
}

/** Where the queue has a job: with a consumer, waiting for one, or nowhere. */
export async function deliveryOf(context: Context, id: string): Promise<'active' | 'waiting' | 'none'> {
  const queue = await queueOf(context, id)
  const state = await context.db.command(async () => queue?.getJobState(id) ?? 'unknown')
  if (state === 'active') return 'active'
  return state === 'unknown' || state === 'completed' || state === 'failed' ? 'none' : 'waiting'
}
