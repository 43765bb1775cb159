import { failpoint } from '@unroll/failpoints'
import { ACCELERATOR_CLASSES, type AcceleratorClass, type JobStatus } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { idChunks } from '../jobs/paging.ts'
import { aroundId } from '../queue/lines.ts'
import { findDelivery, queueName, requeue } from '../queue/deliveries.ts'

const CHUNK = 100
const LINE_CHUNK = 500
/** States in which an attempt holds the job. */
const HELD = ['starting', 'running', 'pausing', 'cancelling'] as const satisfies readonly JobStatus[]

export interface Reconciled {
  /** Jobs added to the queue that were queued only in their record. */
  added: number
  /** Jobs of attempts whose worker was lost. */
  interrupted: number
}

/**
 * Makes records and queue agree: an attempt whose job has no consumer is lost, a queued job must be in the queue, and
 * no other job may wait there. Several processes may run it at the same time, beside workers.
 */
export async function reconcile(context: Context): Promise<Reconciled> {
  let interrupted = 0
  for (const status of HELD) interrupted += await healAll(context, status, interruptLost)
  const added = await enqueueMissing(context)
  for (const wanted of ACCELERATOR_CLASSES) await dropStray(context, wanted)
  return { added, interrupted }
}

/**
 * Applies `heal` to the jobs in a state.
 *
 * @returns the number of jobs that it changed
 */
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

/**
 * Ends the attempt of a job that no consumer has.
 *
 * @returns whether there was one
 */
export async function interruptLost(context: Context, id: string): Promise<boolean> {
  const { db, keys, clock } = context
  // The epoch is read first: if a consumer had the job under it, the queue would report it afterwards. A newer epoch is
  // spared.
  const epoch = await db.command((redis) => redis.hget(keys.record(id), 'epoch'))
  if (epoch === null || epoch === '0' || (await findDelivery(context, id)) === 'active') return false
  const outcome = await db.script<JobStatus | 'fenced'>('interrupt', keys.job(id), [id, clock(), epoch])
  failpoint('job.interrupted')
  return outcome !== 'fenced'
}

/**
 * Adds jobs to the queue that are in line only in their record.
 *
 * @returns their number
 */
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

/** Removes deliveries from the queue whose job is not in line. */
async function dropStray(context: Context, wanted: AcceleratorClass): Promise<void> {
  const { db, keys } = context
  for (let from = 0; ; from += LINE_CHUNK) {
    const args = [`${keys.queue}:${queueName(wanted)}:`, from, from + LINE_CHUNK - 1, ...aroundId(keys.record)]
    const [seen, ...stray] = await db.script<[number, ...string[]]>('stray_deliveries', [], args)
    for (const id of stray) {
      await db.command(() => context.queues[wanted].remove(id))
      await requeue(context, id) // it may be in line meanwhile
    }
    if (seen < LINE_CHUNK) return
  }
}
