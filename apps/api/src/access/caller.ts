import { DEFAULT_OWNER, NO_LIMITS, SCOPE_NAMES, type Limits, type Scope } from '@unroll/contract'

/** Who sends a request. */
export interface Caller {
  /** Id of the key; null without one. */
  key: string | null
  /** Whom belongs what the caller makes. */
  owner: string
  scopes: ReadonlySet<Scope>
  /** What it may have; Infinity where there is no limit. */
  limits: Limits
}

/** What a route asks for: a scope, or nothing at all. */
export type RouteScope = Scope | 'public'

/** Everybody, where no key is needed. */
export function describeEverybody(limits: Limits): Caller {
  return { key: null, owner: DEFAULT_OWNER, scopes: new Set(SCOPE_NAMES), limits }
}

/** Whoever sends a request to a public route. */
export const NOBODY: Caller = { key: null, owner: DEFAULT_OWNER, scopes: new Set(), limits: NO_LIMITS }

/** The owner whose things a caller sees; undefined for one that sees all. */
export function visibleOwner({ scopes, owner }: Caller): string | undefined {
  return scopes.has('admin') ? undefined : owner
}

export function hasScope({ scopes }: Pick<Caller, 'scopes'>, scope: RouteScope): boolean {
  return scope === 'public' || scopes.has(scope) || scopes.has('admin')
}
