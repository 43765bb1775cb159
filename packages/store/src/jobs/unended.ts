import { UnrollError } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { listRange } from '../redis/ranges.ts'

/** Most jobs of an owner, and of all, that have not ended. @default no limit */
export interface UnendedLimits {
  own?: number
  all?: number
}

/** What `lua/includes/unended.lua` finds to be full. */
export type Full = 'owner_full' | 'service_full'

/** The limits as arguments of a script. */
export function encodeLimits({ own = Infinity, all = Infinity }: UnendedLimits = {}): (string | number)[] {
  return [own, all].map((most) => (most === Infinity ? '' : most))
}

export function isFull(outcome: string): outcome is Full {
  return outcome === 'owner_full' || outcome === 'service_full'
}

export function tooManyJobs(
  full: Full,
  { owner, count, limits = {} }: { owner: string; count: number; limits: UnendedLimits | undefined },
): UnrollError {
  const [who, most] = full === 'owner_full' ? [`owner "${owner}"`, limits.own] : ['the service', limits.all]
  return new UnrollError(
    'QUOTA_EXCEEDED',
    `Cannot take more jobs: ${who} has ${count} of ${most ?? 0} that have not ended (limit open_jobs); wait until one ends, or cancel one`,
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
