import {
  KEYED_LIMITS,
  LIMIT_NAMES,
  NO_LIMITS,
  TOTAL_LIMIT_NAMES,
  type LimitName,
  type Limits,
  type TotalLimitName,
} from '@unroll/contract'
import type { OwnerLimits } from '@unroll/store'
import type { Caller } from '../access/caller.ts'

/** The limits of a service. */
export interface LimitPolicy {
  /** Of a key that has none of its own. */
  keyed: Limits
  /** Of all who need no key, together. */
  keyless: Limits
  /** Of the whole service. */
  total: Readonly<Record<TotalLimitName, number>>
}

/** Redis keeps some kilobytes of each job. */
const MOST_OPEN_JOBS = 100_000

/** The pattern of a list of limits in the environment, such as `reads=600,streams=none`. */
export function limitsPattern(names: readonly string[]): string {
  const item = `(${names.join('|')})=(\\d{1,15}|none)`
  return `^(${item}(,${item})*)?$`
}

export const LIMITS_PATTERN: string = limitsPattern(LIMIT_NAMES)
export const TOTAL_LIMITS_PATTERN: string = limitsPattern(TOTAL_LIMIT_NAMES)

/**
 * @param each limits of each key, in the form of the environment, in place of the defaults; they also hold for all who need no
 *   key, who have no limits otherwise
 * @param total limits of the whole service
 */
export function readLimitPolicy(each = '', total = ''): LimitPolicy {
  const own = parseLimits<LimitName>(each)
  return {
    keyed: { ...KEYED_LIMITS, ...own },
    keyless: { ...NO_LIMITS, ...own },
    total: { open_jobs: MOST_OPEN_JOBS, stored_bytes: Infinity, ...parseLimits<TotalLimitName>(total) },
  }
}

function parseLimits<Name extends string>(list: string): Partial<Record<Name, number>> {
  const items = list === '' ? [] : list.split(',').map((item) => item.split('='))
  return Object.fromEntries(
    items.map(([name = '', most]) => [name, most === 'none' ? Infinity : Number(most)]),
  ) as Partial<Record<Name, number>>
}

/** Most bytes that a caller's owner, and the service, may keep. */
export function limitStored({ limitPolicy }: { limitPolicy: LimitPolicy }, { limits }: Caller): OwnerLimits {
  return { own: limits.stored_bytes, all: limitPolicy.total.stored_bytes }
}

/** Most jobs of a caller's owner, and of the service, that have not ended. */
export function limitUnended({ limitPolicy }: { limitPolicy: LimitPolicy }, { limits }: Caller): OwnerLimits {
  return { own: limits.open_jobs, all: limitPolicy.total.open_jobs }
}
