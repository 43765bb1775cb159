import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { SCOPE_NAMES, type Scope } from '@unroll/contract'
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose'
import { Provider, type Configuration } from 'oidc-provider'
import type { TokenPolicy } from '../access/issuer.ts'

const ALGORITHM = 'ES256'
const AUDIENCE = 'https://unroll.example'
const SECRET = 'a secret of tests that is long enough'
const WAIT_MS = 10_000
/** Each is a client of the issuer, and the project that its tokens name. */
export const HOLDERS = ['team-a', 'team-b', 'ops', 'default'] as const

interface SigningKey {
  kid: string
  privateKey: CryptoKey
}

/** An OpenID provider of a test: `oidc-provider` on a port of its own. */
export interface TestIssuer {
  policy: TokenPolicy
  /** Pages that were read, by path. */
  asked: Map<string, number>
  /** A token that the provider issues to one of `HOLDERS`. */
  issue: (holder: (typeof HOLDERS)[number], scopes: readonly Scope[]) => Promise<string>
  /** A token that the newest key of the provider signs, with what its own tokens have unless told otherwise. */
  sign: (claims?: Readonly<Record<string, unknown>>) => Promise<string>
  /** From now on another key signs, and the provider shows that alone. */
  rotate: () => Promise<void>
  stop: () => Promise<void>
  start: () => Promise<void>
}

export async function testIssuer(t: TestContext, claims: Partial<TokenPolicy> = {}): Promise<TestIssuer> {
  let answer: RequestListener | undefined
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    answer?.(request, response)
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  let key: SigningKey
  const rotate = async () => {
    key = await makeKey(`key-${performance.now()}`)
    const jwk = { ...(await exportJWK(key.privateKey)), kid: key.kid, alg: ALGORITHM, use: 'sig' }
    answer = new Provider(issuer, describeProvider(jwk)).callback()
  }
  await rotate()
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  t.after(stop)
  return {
    policy: {
      issuer,
      audience: AUDIENCE,
      scopeClaim: 'scope',
      ownerClaim: undefined,
      toleranceSeconds: 0,
      ...claims,
    },
    asked,
    issue: (holder, scopes) => issueToken(issuer, holder, scopes),
    sign: async (changed = {}) => {
      const now = Math.floor(Date.now() / 1_000)
      const all = { iss: issuer, aud: AUDIENCE, sub: 'ada', scope: 'read', exp: now + 600, ...changed }
      return await new SignJWT(all).setProtectedHeader({ alg: ALGORITHM, kid: key.kid }).sign(key.privateKey)
    },
    rotate,
    stop,
    start: () => listen(server, port),
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

async function makeKey(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  return { kid, privateKey }
}

function describeProvider(key: object): Configuration {
  const scope = SCOPE_NAMES.join(' ')
  const describeService = () => ({
    scope,
    audience: AUDIENCE,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: ALGORITHM } as const },
  })
  return {
    jwks: { keys: [key] },
    scopes: [...SCOPE_NAMES],
    clientDefaults: { id_token_signed_response_alg: ALGORITHM },
    clients: HOLDERS.map((id) => ({
      client_id: id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope,
    })),
    extraTokenClaims: (_context, token) => ({ project: token.clientId }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, getResourceServerInfo: describeService },
    },
  }
}

/** Asks the provider for a token as a program does (RFC 6749, section 4.4). */
async function issueToken(issuer: string, holder: string, scopes: readonly Scope[]): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: scopes.join(' '), resource: AUDIENCE }
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${holder}:${encodeURIComponent(SECRET)}`).toString('base64')}` },
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(WAIT_MS),
  })
  const { access_token: token, ...fault } = (await answer.json()) as { access_token?: string }
  assert.ok(token !== undefined, JSON.stringify(fault))
  return token
}
