// Queues that an operator has paused. `take.lua` reads them.

import type { AcceleratorClass } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { wake } from './deliveries.ts'

/** Paused queues, each with the time of the pause in milliseconds since 1970. */
export type Paused = ReadonlyMap<AcceleratorClass, number>

/** The paused queues. */
export async function pausedQueues({ db, keys }: Context): Promise<Paused> {
  const found = Object.entries(await db.command((redis) => redis.hgetall(keys.paused)))
  return new Map(found.map(([wanted, at]) => [wanted as AcceleratorClass, Number(at)]))
}

/** Pauses some queues; a queue that is already paused keeps its time. */
export async function pauseQueues(context: Context, classes: readonly AcceleratorClass[]): Promise<void> {
  const { db, keys, now, disk } = context
  const at = await now()
  await db.command((redis) => Promise.all(classes.map((wanted) => redis.hsetnx(keys.paused, wanted, at))))
  await disk?.settle()
}

/** Resumes some queues. */
export async function resumeQueues(context: Context, classes: readonly AcceleratorClass[]): Promise<void> {
  const { db, keys, disk } = context
  await db.command((redis) => redis.hdel(keys.paused, ...classes))
  wake(context)
  await disk?.settle()
}
