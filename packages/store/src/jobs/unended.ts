import { UnrollError } from '@unroll/contract'
import { describeFull, type Full, type OwnerLimits } from '../access/owner_limits.ts'
import type { Context } from '../redis/context.ts'
import { listRange } from '../redis/ranges.ts'

/** @param count jobs that have not ended */
export function tooManyJobs(
  full: Full,
  { owner, count, limits }: { owner: string; count: number; limits: OwnerLimits | undefined },
): UnrollError {
  const [who, most] = describeFull(full, owner, limits)
  return new UnrollError(
    'QUOTA_EXCEEDED',
    `Cannot take more jobs: ${who} has ${count} of ${most} that have not ended (limit open_jobs); wait until one ends, or cancel one`,
  )
}

/**
 * Jobs of an owner, or without one of all, that have not ended, with those that sweeps have planned.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function countUnended({ db, keys }: Context, owner?: string): Promise<number> {
  const list = owner === undefined ? 'unended' : `unended:${owner}`
  return await db.command((redis) => redis.zlexcount(keys.index, ...listRange(list)))
}
