import { randomUUID } from 'node:crypto'
import { Job as Delivery } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { Context, DeliveryData } from '../redis/context.ts'
import { queueName } from './deliveries.ts'
import { LOOK_AHEAD, aroundId } from './lines.ts'
import type { Fetcher, Held } from './locks.ts'
import type { Room } from './needs.ts'

/** A job that was taken, and what it needs. */
export interface Taken extends Held, TakenNeeds {}

export interface TakenNeeds {
  /** Memory in bytes that it is estimated to need on each device. */
  readonly memoryBytes: number
  /** GPUs that compute it together, where GPUs do. */
  readonly gpus: number
}

/** What a worker takes. */
export interface Wanted {
  /** Names of the lines that it takes from. */
  lines: readonly string[]
  /** What it has for a job now. */
  room: Room
}

/**
 * Takes the first job of some lines that a worker has room for and whose queue is not paused. Undefined when there
 * is none. BullMQ's own order is not asked.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE; a job that was taken nevertheless comes back when its lock has run out
 */
export async function takeFirst(
  { db, keys, timing }: Context,
  fetchers: ReadonlyMap<AcceleratorClass, Fetcher>,
  { lines, room }: Wanted,
): Promise<Taken | undefined> {
  const token = randomUUID()
  const taken = await db.script<[wanted: AcceleratorClass, id: string, bytes: string, gpus: number] | null>(
    'take',
    [keys.waiting, keys.paused],
    [
      `${keys.queue}:${queueName('')}`,
      token,
      timing.lockMs,
      JSON.stringify(room),
      LOOK_AHEAD,
      ...aroundId(keys.record),
      ...lines,
    ],
  )
  const fetcher = taken === null ? undefined : fetchers.get(taken[0])
  if (taken === null || fetcher === undefined) return undefined
  const delivery = await Delivery.fromId<DeliveryData>(fetcher, taken[1])
  return delivery && { fetcher, delivery, token, memoryBytes: Number(taken[2]), gpus: taken[3] }
}
