import {
  DEFAULT_OWNER,
  LIMITS,
  LIMIT_NAMES,
  NO_LIMITS,
  SCOPE_NAMES,
  type LimitName,
  type Limits,
  type Scope,
} from '@unroll/contract'
import type { Quota } from '@unroll/store'

/** Who sends a request. */
export interface Caller {
  /** Id of the key, or of the holder of a token; null without either. */
  key: string | null
  /** The subject that the issuer of a token names; null for a key. */
  subject: string | null
  /** Whom belongs what the caller makes. */
  owner: string
  scopes: ReadonlySet<Scope>
  /** What it may have; Infinity where there is no limit. */
  limits: Limits
  /** The limits that there are, by whom they are shared. */
  quotas: Quotas
}

export type Quotas = Readonly<Partial<Record<LimitName, Quota>>>

/** What a route asks for: a scope, or nothing at all. */
export type RouteScope = Scope | 'public'

/** Everybody, where no key is needed. */
export function describeEverybody(limits: Limits): Caller {
  return describeCaller({ key: null, subject: null, owner: DEFAULT_OWNER, scopes: SCOPE_NAMES, limits })
}

/** Whoever sends a request to a public route. */
export const NOBODY: Caller = describeCaller({
  key: null,
  subject: null,
  owner: DEFAULT_OWNER,
  scopes: [],
  limits: NO_LIMITS,
})

/** The owner whose things a caller sees; undefined for one that sees all. */
export function visibleOwner({ scopes, owner }: Caller): string | undefined {
  return scopes.has('admin') ? undefined : owner
}

export function hasScope({ scopes }: Pick<Caller, 'scopes'>, scope: RouteScope): boolean {
  return scope === 'public' || scopes.has(scope) || scopes.has('admin')
}

/** A caller, with what every request of it needs: each is one of thousands. */
export function describeCaller({
  scopes,
  ...about
}: Pick<Caller, 'key' | 'subject' | 'owner' | 'limits'> & { scopes: readonly Scope[] }): Caller {
  return { ...about, scopes: new Set(scopes), quotas: findQuotas(about) }
}

function findQuotas({ key, owner, limits }: Pick<Caller, 'key' | 'owner' | 'limits'>): Quotas {
  const limited = LIMIT_NAMES.filter((name) => limits[name] !== Infinity)
  return Object.fromEntries(
    limited.map((limit): [LimitName, Quota] => {
      const { of, ...row } = LIMITS[limit]
      const windowMs = 'windowSeconds' in row ? row.windowSeconds * 1_000 : 0
      const subject = of === 'owner' ? owner : (key ?? '')
      const most = limits[limit]
      return [limit, { name: `${limit} ${subject} ${most}`, limit, subject, most, windowMs }]
    }),
  )
}
