import { failpoint } from '@unroll/failpoints'
import { ACCELERATOR_CLASSES, type AcceleratorClass, type JobStatus } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { idChunks } from '../jobs/paging.ts'
import { aroundId } from '../queue/lines.ts'
import { deliveryOf, queueName, requeue } from '../queue/deliveries.ts'

const CHUNK = 100
const LINE_CHUNK = 500
/** States in which an attempt holds the job. */
const HELD = ['starting', 'running', 'pausing', 'cancelling'] as const satisfies readonly JobStatus[]

export interface Reconciled {
  /** Jobs put into the queue, which had been queued in their record alone. */
  added: number
  /** Jobs taken from attempts whose worker was lost. */
  interrupted: number
}

/**
 * Makes records and queue agree: an attempt whose job no consumer has any more was lost, a queued job must be in the queue,
 * and no other may wait there. Safe beside workers and beside itself.
 */
export async function reconcile(context: Context): Promise<Reconciled> {
  let interrupted = 0
  for (const status of HELD) interrupted += await healAll(context, status, interruptLost)
  const added = await enqueueMissing(context)
  for (const wanted of ACCELERATOR_CLASSES) await dropStray(context, wanted)
  return { added, interrupted }
}

/** How many jobs in a state `heal` had something to do for. */
async function healAll(
  context: Context,
  status: JobStatus,
  heal: (context: Context, id: string) => Promise<boolean>,
): Promise<number> {
  let healed = 0
  for await (const ids of idChunks(context, context.keys.index, { prefix: `${status}:`, size: CHUNK })) {
    const outcomes = await Promise.all(ids.map((id) => heal(context, id)))
    healed += outcomes.filter(Boolean).length
  }
  return healed
}

/** Takes a job from an attempt that no consumer has any more: whether there was one. */
export async function interruptLost(context: Context, id: string): Promise<boolean> {
  const { db, keys, clock } = context
  // The epoch is read first: had a consumer the job under it, the queue would say so afterwards. A newer one is spared.
  const epoch = await db.command((redis) => redis.hget(keys.record(id), 'epoch'))
  if (epoch === null || epoch === '0' || (await deliveryOf(context, id)) === 'active') return false
  const outcome = await db.script<JobStatus | 'fenced'>('interrupt', keys.job(id), [id, clock(), epoch])
  failpoint('job.interrupted')
  return outcome !== 'fenced'
}

/** Puts jobs that are in line in their record alone into the queue, and says how many. */
async function enqueueMissing(context: Context): Promise<number> {
  const { db, keys } = context
  let from = '-'
  let added = 0
  for (;;) {
    const args = [`${keys.queue}:${queueName('')}`, from, LINE_CHUNK]
    const [last = '', ...missing] = await db.script<string[]>('missing_deliveries', [keys.waiting], args)
    await Promise.all(missing.map((id) => requeue(context, id)))
    added += missing.length
    if (last === '') return added
    from = `(${last}`
  }
}

/** Takes what waits in the queue for a job that is not in line out of it. */
async function dropStray(context: Context, wanted: AcceleratorClass): Promise<void> {
  const { db, keys } = context
  for (let from = 0; ; from += LINE_CHUNK) {
    const args = [`${keys.queue}:${queueName(wanted)}:`, from, from + LINE_CHUNK - 1, ...aroundId(keys.record)]
    const [seen, ...stray] = await db.script<[number, ...string[]]>('stray_deliveries', [], args)
    for (const id of stray) {
      await db.command(() => context.queues[wanted].remove(id))
      await requeue(context, id) // it may have come into line meanwhile
    }
    if (seen < LINE_CHUNK) return
  }
}
