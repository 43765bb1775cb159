import { UnrollError } from '@unroll/contract'
import type { Store, StoredKey } from '@unroll/store'
import type { LimitPolicy } from '../limits/policy.ts'
import { describeCaller, describeEverybody, type Caller } from './caller.ts'
import type { TokenIssuer } from './issuer.ts'
import { KEY_START, equalDigests, readToken } from './token.ts'

/** A key that is revoked or expires is refused within this time, also by processes that know it. */
export const STALE_MS = 5_000
/** How exactly the last use of a key is kept. */
const USE_MS = 60_000
/** Known tokens; more are looked up again. */
const MOST_KNOWN = 10_000

/**
 * Who needs a key: everybody; everybody once a key was made, before which only this machine reaches the service; or
 * nobody.
 */
export type KeyPolicy = 'always' | 'once_made' | 'never'

interface Known {
  caller: Caller
  /** Milliseconds since 1970 until which it is not looked up again. */
  until: number
}

/** Tells by its key or token who sends a request. Keys are looked up at most every 5 s: a poll costs no round trip. */
export class Gate {
  readonly #keys: Store['apiKeys']
  readonly #issuer: TokenIssuer | undefined
  readonly #policy: KeyPolicy
  readonly #onError: (error: unknown) => void
  readonly #everybody: Caller
  readonly #limits: LimitPolicy['keyed']
  /** By the header. It is the header of each request, and forgotten with what is known. */
  readonly #known = new Map<string, Known>()
  readonly #usedAt = new Map<string, number>()
  #openUntil = 0
  #wasMade = false

  /** @param issuer of tokens that are taken beside keys */
  constructor(
    keys: Store['apiKeys'],
    policy: KeyPolicy,
    limits: Pick<LimitPolicy, 'keyed' | 'keyless'>,
    { issuer, onError }: { issuer?: TokenIssuer | undefined; onError: (error: unknown) => void },
  ) {
    this.#keys = keys
    this.#issuer = issuer
    this.#limits = limits.keyed
    this.#everybody = describeEverybody(limits.keyless)
    this.#policy = policy
    this.#onError = onError
  }

  /** Who sends a request, where that was found out a moment ago. */
  recall(authorization: string | undefined): Caller | undefined {
    if (authorization === undefined) return this.#isOpen() ? this.#everybody : undefined
    const known = this.#known.get(authorization)
    return known !== undefined && Date.now() < known.until ? known.caller : undefined
  }

  /**
   * @param authorization the header
   * @throws {UnrollError} UNAUTHENTICATED, STORE_UNAVAILABLE, ISSUER_UNAVAILABLE
   */
  async identify(authorization: string | undefined): Promise<Caller> {
    const known = this.recall(authorization)
    if (known !== undefined) return known
    if (authorization === undefined) return await this.#identifyKeyless()
    this.#forgetStale()
    const { caller, expiresAt } = await this.#find(authorization)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    const now = Date.now()
    this.#known.set(authorization, { caller, until: Math.min(now + STALE_MS, expiresAt ?? Infinity) })
    return caller
  }

  /** Forgets what is known, after a change of keys by this process. */
  forget(): void {
    this.#known.clear()
    this.#openUntil = 0
  }

  /** Whether nobody needs a key, as far as that was found out a moment ago. */
  #isOpen(): boolean {
    return this.#policy === 'never' || (this.#policy === 'once_made' && !this.#wasMade && Date.now() < this.#openUntil)
  }

  #forgetStale(): void {
    const now = Date.now()
    for (const [header, { until }] of this.#known) if (until <= now) this.#known.delete(header)
  }

  async #identifyKeyless(): Promise<Caller> {
    if (this.#policy === 'once_made' && !this.#wasMade) {
      this.#wasMade = await this.#keys.hasAny()
      if (!this.#wasMade) {
        this.#openUntil = Date.now() + STALE_MS
        return this.#everybody
      }
    }
    throw new UnrollError('UNAUTHENTICATED', 'Cannot answer without a key: send "Authorization: Bearer unroll_…"')
  }

  async #find(authorization: string): Promise<{ caller: Caller; expiresAt: number | null }> {
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    if (this.#issuer !== undefined && token !== '' && !token.startsWith(KEY_START)) {
      const { id, subject, owner, scopes, expiresAt } = await this.#issuer.identify(token)
      return { caller: describeCaller({ key: id, subject, owner, scopes, limits: this.#limits }), expiresAt }
    }
    const key = await this.#findKey(token)
    const { id, owner, scopes, expiresAt } = key
    this.#noteUse(id, Date.now())
    const limits = { ...this.#limits, ...key.limits }
    return { caller: describeCaller({ key: id, subject: null, owner, scopes, limits }), expiresAt }
  }

  async #findKey(token: string): Promise<StoredKey> {
    const read = readToken(token)
    if (read === undefined)
      throw new UnrollError('UNAUTHENTICATED', 'Cannot read the key: Authorization must be "Bearer unroll_…"')
    const key = await this.#keys.find(read.id)
    if (key === undefined || !equalDigests(key.digest, read.digest))
      throw new UnrollError('UNAUTHENTICATED', 'Cannot answer as the key is unknown')
    if (key.revokedAt !== null) throw new UnrollError('UNAUTHENTICATED', 'Cannot answer as the key was revoked')
    if (key.expiresAt !== null && key.expiresAt <= Date.now())
      throw new UnrollError('UNAUTHENTICATED', 'Cannot answer as the key has expired')
    return key
  }

  /** Nobody waits for it: a use that is not noted is noted a minute later. */
  #noteUse(id: string, now: number): void {
    if (now - (this.#usedAt.get(id) ?? 0) < USE_MS) return
    this.#usedAt.set(id, now)
    this.#keys.touch(id, now).catch(this.#onError)
  }
}
