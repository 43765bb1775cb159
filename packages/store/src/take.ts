import { randomUUID } from 'node:crypto'
import { Job as Delivery } from 'bullmq'
import type { AcceleratorClass } from '@unroll/spec'
import type { Context } from './context.ts'
import { queueName, type DeliveryData } from './deliveries.ts'
import { LOOK_AHEAD, aroundId } from './line.ts'
import type { Fetcher, Held } from './locks.ts'

/** A job that was taken, and the memory in bytes that it is estimated to need. */
export interface Taken extends Held {
  readonly memoryBytes: number
}

/** What a worker takes. */
export interface Wanted {
  /** Names of the lines that it takes from. */
  lines: readonly string[]
  /** What a job may be estimated to need; negative: none is taken. */
  memoryBytes: number
}

/**
 * Takes the first job of some lines whose estimate fits into a memory and whose queue is not paused. Undefined when there
 * is none. BullMQ's own order is not asked.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE; a job that was taken nevertheless comes back when its lock has run out
 */
export async function takeFirst(
  { db, keys, timing }: Context,
  fetchers: ReadonlyMap<AcceleratorClass, Fetcher>,
  { lines, memoryBytes }: Wanted,
): Promise<Taken | undefined> {
  const token = randomUUID()
  const taken = await db.script<[wanted: AcceleratorClass, id: string, bytes: string] | null>(
    'take',
    [keys.waiting, keys.paused],
    [
      `${keys.queue}:${queueName('')}`,
      token,
      timing.lockMs,
      memoryBytes,
      LOOK_AHEAD,
      ...aroundId(keys.record),
      ...lines,
    ],
  )
  const fetcher = taken === null ? undefined : fetchers.get(taken[0])
  if (taken === null || fetcher === undefined) return undefined
  const delivery = await Delivery.fromId<DeliveryData>(fetcher, taken[1])
  return delivery && { fetcher, delivery, token, memoryBytes: Number(taken[2]) }
}
