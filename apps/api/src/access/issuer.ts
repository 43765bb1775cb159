import { createHash } from 'node:crypto'
import { OWNER_NAME, SCOPE_NAMES, UnrollError, type Scope } from '@unroll/contract'
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { fetchBounded } from './issuer_fetch.ts'
import { TOKEN_ALGORITHMS, describeTokenFault } from './token_faults.ts'

/** Whose tokens the service takes beside its own keys, and what it reads of them. */
export interface TokenPolicy {
  /** The `iss` of tokens: an OpenID provider, whose discovery document names its keys. */
  issuer: string
  /** The `aud` of tokens: what the issuer calls this service. */
  audience: string
  /** The claim with the names of scopes: words of a text, or items of a list. */
  scopeClaim: string
  /** The claim with the owner of what the holder makes; undefined where each subject owns by itself. */
  ownerClaim: string | undefined
  /** By how much the clocks of issuer and service may differ, in seconds. */
  toleranceSeconds: number
}

/** How often the issuer is asked, in milliseconds. */
export interface IssuerTiming {
  /** @default 3600000 */
  discoveryLastsMs?: number
  /** Keys serve for this time, also while the issuer is down. @default 600000 */
  keysLastMs?: number
  /** A token of an unknown key has the keys read again at most this often. @default 30000 */
  refetchMs?: number
  /** An issuer that has failed is left alone for this time. @default 2000 */
  downMs?: number
}

/** Whom a token speaks for. */
export interface TokenHolder {
  /** Of issuer and subject: `oidc-` and 40 hexadecimal digits. */
  id: string
  /** The `sub` of the token. */
  subject: string
  owner: string
  scopes: Scope[]
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** What names of owners that stand for subjects begin with. No claim names such an owner. */
const OF_SUBJECT = 'oidc-'
const ID_DIGITS = 40
/** A scope may be given as `unroll:read`, where one issuer serves many services. */
const SCOPE_PREFIX = /^unroll:/
const OWNER = new RegExp(OWNER_NAME)
/** Longer tokens are refused unread. */
const LONGEST_TOKEN = 8_192

/** An OpenID provider, whose keys are found by discovery, and kept for a while. */
export class TokenIssuer {
  readonly #policy: TokenPolicy
  readonly #timing: Required<IssuerTiming>
  #keys: Promise<JWTVerifyGetKey> | undefined
  #keysUntil = 0
  #downUntil = 0

  constructor(policy: TokenPolicy, timing: IssuerTiming = {}) {
    this.#policy = policy
    this.#timing = { discoveryLastsMs: 3_600_000, keysLastMs: 600_000, refetchMs: 30_000, downMs: 2_000, ...timing }
  }

  /** @throws {UnrollError} UNAUTHENTICATED; ISSUER_UNAVAILABLE where the keys are not known and cannot be read */
  async identify(token: string): Promise<TokenHolder> {
    if (token.length > LONGEST_TOKEN)
      throw new UnrollError(
        'UNAUTHENTICATED',
        `Cannot accept the token: it must have at most ${LONGEST_TOKEN} characters`,
      )
    const { issuer, audience, toleranceSeconds } = this.#policy
    const options = {
      issuer,
      audience,
      algorithms: [...TOKEN_ALGORITHMS],
      clockTolerance: toleranceSeconds,
      requiredClaims: ['sub', 'exp'],
    }
    // The keys are asked for once the header has an algorithm that is taken.
    const findKey: JWTVerifyGetKey = async (header, input) => await (await this.#provideKeys())(header, input)
    const { payload } = await jwtVerify(token, findKey, options).catch((error: unknown) => {
      const fault = describeTokenFault(error, this.#policy)
      if (fault !== undefined) throw new UnrollError('UNAUTHENTICATED', `Cannot accept the token: ${fault}`)
      throw new UnrollError('ISSUER_UNAVAILABLE', `Cannot read the keys of issuer ${issuer}`, { cause: error })
    })
    return this.#describeHolder(payload)
  }

  #describeHolder({ sub: subject = '', exp = 0, ...claims }: JWTPayload): TokenHolder {
    const { issuer, scopeClaim, ownerClaim, toleranceSeconds } = this.#policy
    const digest = createHash('sha256').update(`${issuer}\n${subject}`).digest('hex')
    const id = `${OF_SUBJECT}${digest.slice(0, ID_DIGITS)}`
    return {
      id,
      subject,
      owner: ownerClaim === undefined ? id : readOwner(claims[ownerClaim], ownerClaim),
      scopes: readScopes(claims[scopeClaim]),
      expiresAt: (exp + toleranceSeconds) * 1_000,
    }
  }

  async #provideKeys(): Promise<JWTVerifyGetKey> {
    if (this.#keys === undefined || Date.now() >= this.#keysUntil) {
      const keys = this.#discover()
      this.#keys = keys
      this.#keysUntil = Date.now() + this.#timing.discoveryLastsMs
      keys.catch(() => {
        if (this.#keys === keys) this.#keys = undefined
      })
    }
    return await this.#keys
  }

  /** Finds where the keys are (OpenID Connect Discovery 1.0, section 4). */
  async #discover(): Promise<JWTVerifyGetKey> {
    const { issuer } = this.#policy
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const { issuer: named, jwks_uri: address } = (await (await this.#fetch(url)).json()) as Record<string, unknown>
    if (named !== issuer) throw new Error(`${url} is of issuer "${String(named)}"`)
    if (typeof address !== 'string' || !URL.canParse(address) || !isAsSafe(address, issuer))
      throw new Error(`${url} has no jwks_uri that is as safe as the issuer: current value is "${String(address)}"`)
    const { keysLastMs: cacheMaxAge, refetchMs: cooldownDuration } = this.#timing
    return createRemoteJWKSet(new URL(address), {
      cacheMaxAge,
      cooldownDuration,
      [customFetch]: async (keysUrl) => await this.#fetch(keysUrl),
    })
  }

  /** Reads a page of the issuer, which is left alone for a moment once it has failed: tokens come from anybody. */
  async #fetch(url: string): Promise<Response> {
    if (Date.now() < this.#downUntil) throw new Error(`${url} did not answer a moment ago`)
    return await fetchBounded(url).catch((error: unknown) => {
      this.#downUntil = Date.now() + this.#timing.downMs
      throw error
    })
  }
}

/** Whether a page is encrypted, unless the issuer is on this machine and is not either. */
function isAsSafe(address: string, issuer: string): boolean {
  const { protocol, hostname } = new URL(address)
  const own = new URL(issuer)
  return protocol === 'https:' || (protocol === own.protocol && hostname === own.hostname)
}

function readScopes(claim: unknown): Scope[] {
  const words: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []
  const names = words.map((word) => String(word).replace(SCOPE_PREFIX, ''))
  return SCOPE_NAMES.filter((name) => names.includes(name))
}

function readOwner(owner: unknown, claim: string): string {
  if (typeof owner === 'string' && OWNER.test(owner) && !owner.startsWith(OF_SUBJECT)) return owner
  throw new UnrollError(
    'UNAUTHENTICATED',
    `Cannot accept the token: claim "${claim}" must be the name of an owner, ${OWNER_NAME}, that does not begin with "${OF_SUBJECT}"`,
  )
}
