import { ErrorCode, Queue } from 'bullmq'
import { ACCELERATOR_CLASSES, type AcceleratorClass, type JobStatus } from '@unroll/contract'
import type { Redis } from 'ioredis'
import type { OnError } from '../redis/connection.ts'
import type { Context, DeliveryData, Queues } from '../redis/context.ts'
import { QUEUE_TOPIC } from '../fleet/control.ts'
import type { Keys } from '../redis/keys.ts'

export const UNLIMITED_STALLS: number = Number.MAX_SAFE_INTEGER // jobs.claim counts restarts, not BullMQ
const EVENTS_KEPT = 100 // of BullMQ's own stream, which we do not read

export function queueName(wanted: AcceleratorClass | ''): string {
  return `jobs-${wanted}`
}

export function createQueues(redis: Redis, keys: Keys, onError: OnError): Queues {
  const create = createQueue<DeliveryData>
  const queues = ACCELERATOR_CLASSES.map((wanted) => [wanted, create(queueName(wanted), redis, keys, onError)] as const)
  return Object.fromEntries(queues) as Queues
}

/** A queue of BullMQ that forgets what is at its end, so that the same id can be queued again. */
export function createQueue<Data>(name: string, redis: Redis, keys: Keys, onError: OnError): Queue<Data> {
  const queue = new Queue<Data>(name, {
    connection: redis,
    prefix: keys.queue,
    streams: { events: { maxLen: EVENTS_KEPT } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  })
  queue.on('error', onError)
  return queue
}

/** Adds a job to the queue, unless it is there already. */
export async function enqueue(
  context: Context,
  id: string,
  { wanted, priority }: { wanted: AcceleratorClass; priority: number },
): Promise<void> {
  await context.db.command(() => context.queues[wanted].add('train', { jobId: id }, { jobId: id, priority }))
  wake(context)
}

/** Notifies idle consumers that there may be a job. A lost message costs a second. */
export function wake({ db, keys, onError }: Context): void {
  db.command((redis) => redis.publish(keys.control, QUEUE_TOPIC)).catch(onError)
}

/** Adds a job to the queue if it must be there: it may have been resumed since its holder released it. */
export async function requeue(context: Context, id: string): Promise<void> {
  const key = context.keys.record(id)
  const fields = await context.db.command((redis) => redis.hmget(key, 'status', 'priority', 'accelerator'))
  const [status, priority, wanted] = fields
  if (status === ('queued' satisfies JobStatus))
    await enqueue(context, id, { wanted: wanted as AcceleratorClass, priority: Number(priority) })
}

/** Removes a job from the queue, unless a consumer has it, which will be refused. */
export async function dequeue(context: Context, id: string): Promise<void> {
  const queue = await findQueue(context, id)
  await context.db.command(async () => queue?.remove(id))
}

/** The queue of a job; undefined if there is no such job. */
async function findQueue({ db, keys, queues }: Context, id: string): Promise<Queue<DeliveryData> | undefined> {
  const wanted = await db.command((redis) => redis.hget(keys.record(id), 'accelerator'))
  return queues[wanted as AcceleratorClass]
}

/** Moves a waiting job to the place of its priority. */
export async function prioritize(context: Context, id: string, priority: number): Promise<void> {
  const queue = await findQueue(context, id)
  const delivery = await context.db.command(async () => queue?.getJob(id))
  await context.db.command(async () => delivery?.changePriority({ priority }).catch(unlessGone))
}

function unlessGone(error: Error & { code?: number }): void {
  if (error.code !== (ErrorCode.JobNotExist as number)) throw error // the job was taken and has ended meanwhile
}

/** The state of a job in the queue: with a consumer, waiting, or absent. */
export async function findDelivery(context: Context, id: string): Promise<'active' | 'waiting' | 'none'> {
  const queue = await findQueue(context, id)
  const state = await context.db.command(async () => queue?.getJobState(id) ?? 'unknown')
  if (state === 'active') return 'active'
  return state === 'unknown' || state === 'completed' || state === 'failed' ? 'none' : 'waiting'
}
