import { randomUUID } from 'node:crypto'
import type { Estimate } from '@unroll/spec'
import type { Context } from './context.ts'
import { LOOK_AHEAD } from './line.ts'
import type { Fetcher, Held } from './locks.ts'

/** Takes the first delivery whose job fits into a memory, if there is one; those before it go back to their places. */
export async function takeFitting(context: Context, fetcher: Fetcher, memoryBytes: number): Promise<Held | undefined> {
  const passed: Held[] = []
  try {
    while (passed.length < LOOK_AHEAD) {
      const token = randomUUID()
      const delivery = await fetcher.getNextJob(token, { block: false })
      if (delivery === undefined) return undefined
      const held = { fetcher, delivery, token }
      if (await fits(context, delivery.data.jobId, memoryBytes)) return held
      passed.push(held)
    }
    return undefined
  } finally {
    await Promise.all(passed.map(({ delivery, token }) => delivery.moveToWait(token)))
  }
}

/** A job whose record is gone is taken as well, to be refused and forgotten. */
async function fits({ db, keys }: Context, id: string, memoryBytes: number): Promise<boolean> {
  const estimate = await db.command((redis) => redis.hget(keys.record(id), 'estimate'))
  return estimate === null || (JSON.parse(estimate) as Estimate).memory_bytes <= memoryBytes
}
