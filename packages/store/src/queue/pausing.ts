// Queues whose jobs are not handed out, as an operator asked for. It is `take.lua` that heeds it.

import type { AcceleratorClass } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { wake } from './deliveries.ts'

/** Queues that are paused, each with since when, in milliseconds since 1970. */
export type Paused = ReadonlyMap<AcceleratorClass, number>

/** The queues that are paused. */
export async function pausedQueues({ db, keys }: Context): Promise<Paused> {
  const found = Object.entries(await db.command((redis) => redis.hgetall(keys.paused)))
  return new Map(found.map(([wanted, at]) => [wanted as AcceleratorClass, Number(at)]))
}

/** Hands out no more jobs of some queues; those that are paused already stay so since then. */
export async function pauseQueues(context: Context, classes: readonly AcceleratorClass[]): Promise<void> {
  const { db, keys, now, disk } = context
  const at = await now()
  await db.command((redis) => Promise.all(classes.map((wanted) => redis.hsetnx(keys.paused, wanted, at))))
  await disk?.settle()
}

/** Hands out the jobs of some queues again, at once. */
export async function resumeQueues(context: Context, classes: readonly AcceleratorClass[]): Promise<void> {
  const { db, keys, disk } = context
  await db.command((redis) => redis.hdel(keys.paused, ...classes))
  wake(context)
  await disk?.settle()
}
