import { randomUUID } from 'node:crypto'
import { Job as Delivery } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { Context, DeliveryData } from '../redis/context.ts'
import { queueName } from './deliveries.ts'
import { LOOK_AHEAD, aroundId } from './lines.ts'
import type { Fetcher, Held } from './locks.ts'
import type { Room } from './needs.ts'

/** A taken job and its needs. */
export interface Taken extends Held, TakenNeeds {}

export interface TakenNeeds {
  /** Estimated memory in bytes on each device. */
  readonly memoryBytes: number
  /** Number of GPUs that compute it, if GPUs do. */
  readonly gpus: number
}

/** The lines and the room of a worker. */
export interface Wanted {
  /** Names of its lines. */
  lines: readonly string[]
  /** Its current room for a job. */
  room: Room
}

/**
 * Takes the first job of some lines for which a worker has room and whose queue is not paused; undefined without one.
 * BullMQ's own order is not used.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE; a job that was taken nevertheless is returned when its lock has expired
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
