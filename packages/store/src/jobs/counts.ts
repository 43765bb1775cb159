import { JOB_STATUSES, type JobStatus } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { listRange } from '../redis/ranges.ts'

/**
 * The number of jobs in each state. The cost does not grow with the number of jobs.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function count({ db, keys }: Context): Promise<Record<JobStatus, number>> {
  const pairs = JOB_STATUSES.map(async (status) => {
    const found = await db.command((redis) => redis.zlexcount(keys.index, ...listRange(status)))
    return [status, found] as const
  })
  return Object.fromEntries(await Promise.all(pairs)) as Record<JobStatus, number>
}
