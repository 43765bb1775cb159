// What a build says of itself to the rest of its fleet, and which builds may share one.

/** A build of the service. */
export interface Release {
  /** As the packages are published. */
  readonly version: string
  /** What its processes write into Redis and artifacts for each other: one more with each change that an older build cannot read. */
  readonly protocol: number
  /** The oldest protocol beside which it may run. */
  readonly mixesFrom: number
}

/** This build. */
export const RELEASE: Release = { version: '0.1.0', protocol: 1, mixesFrom: 1 }

/** Whether processes of two builds may share a fleet: neither may be older than the other still mixes with. */
export function mixes(one: Release, other: Release): boolean {
  return Math.min(one.protocol, other.protocol) >= Math.max(one.mixesFrom, other.mixesFrom)
}
