/** Most that an owner, and all owners together, may have of something. @default no limit */
export interface OwnerLimits {
  own?: number
  all?: number
}

/** What a script finds to be full. */
export type Full = 'owner_full' | 'service_full'

/** The limits as arguments of a script. */
export function encodeLimits({ own = Infinity, all = Infinity }: OwnerLimits = {}): (string | number)[] {
  return [own, all].map((most) => (most === Infinity ? '' : most))
}

export function isFull(outcome: string): outcome is Full {
  return outcome === 'owner_full' || outcome === 'service_full'
}

/** Who has reached a limit, in words, and the limit. */
export function describeFull(full: Full, owner: string, { own = 0, all = 0 }: OwnerLimits = {}): [string, number] {
  return full === 'owner_full' ? [`owner "${owner}"`, own] : ['the service', all]
}
