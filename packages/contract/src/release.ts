// The version of a build, and the compatibility of builds in one fleet.

/** A build of the service. */
export interface Release {
  /** The version of the packages. */
  readonly version: string
  /**
   * The version of what its processes write into Redis and artifacts for each other: it increases with each change that
   * an older build cannot read.
   */
  readonly protocol: number
  /** The oldest compatible protocol. */
  readonly mixesFrom: number
}

/** This build. */
export const RELEASE: Release = { version: '0.1.0', protocol: 1, mixesFrom: 1 }

/**
 * Whether processes of two builds may share a fleet: neither protocol may be older than the oldest compatible one of
 * the other.
 */
export function mixes(one: Release, other: Release): boolean {
  return Math.min(one.protocol, other.protocol) >= Math.max(one.mixesFrom, other.mixesFrom)
}
