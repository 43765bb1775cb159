import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { AuditRecord, type Job, type LimitUses, type Page } from '@unroll/contract'
import { SignJWT, UnsecuredJWT } from 'jose'
import { TokenIssuer, type IssuerTiming, type TokenPolicy } from '../../access/issuer.ts'
import { readLimitPolicy } from '../../limits/policy.ts'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { testIssuer, type TestIssuer } from '../../testing/issuer.ts'
import { keyOf } from '../../testing/keys.ts'

interface Guarded extends TestApp {
  issuer: TestIssuer
}

/** A service that takes the tokens of an OpenID provider. */
async function testGuarded(
  t: TestContext,
  claims: Partial<TokenPolicy> = {},
  timing: IssuerTiming = {},
): Promise<Guarded> {
  const issuer = await testIssuer(t, claims)
  const limitPolicy = readLimitPolicy()
  const options = { keyPolicy: 'always', tokenIssuer: new TokenIssuer(issuer.policy, timing), limitPolicy } as const
  return { ...(await testApp(t, options)), issuer }
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}

test('a token of the issuer may do what its scopes say, and owns what it makes by issuer and subject', async (t) => {
  const { http, issuer, store } = await testGuarded(t)
  const a = bearer(await issuer.issue('team-a', ['read', 'submit']))
  const b = bearer(await issuer.issue('team-b', ['read']))
  const { id, ...job } = (await http.post('/v1/jobs').set(a).send(JOB).expect(201)).body as Job
  assert.equal(job.status, 'queued')
  const owner = await store.owners.find('job', id)
  assert.match(owner, /^oidc-[0-9a-f]{40}$/)
  await http.get(`/v1/jobs/${id}`).set(a).expect(200)
  assertProblem(await http.get(`/v1/jobs/${id}`).set(b), 'JOB_NOT_FOUND')
  const later = bearer(await issuer.issue('team-a', ['read']))
  await http.get(`/v1/jobs/${id}`).set(later).expect(200)
  const refused = await http.post('/v1/jobs').set(b).send(JOB)
  assertProblem(refused, 'SCOPE_MISSING')
  assert.equal(refused.headers['www-authenticate'], 'Bearer error="insufficient_scope", scope="submit"')
  const uses = (await http.get('/v1/limits').set(a).expect(200)).body as LimitUses
  assert.deepEqual([uses.key, uses.owner], [owner, owner])
  assert.deepEqual(
    uses.limits.filter(({ name, used }) => ['open_jobs', 'writes'].includes(name) && used > 0).map(({ name }) => name),
    ['writes', 'open_jobs', 'open_jobs'], // its own, and all of the service
  )
  const admin = bearer(await issuer.issue('ops', ['admin']))
  const audited = (await http.get('/v1/audit').set(admin).expect(200)).body as Page<AuditRecord>
  for (const record of audited.data) assertMatches(AuditRecord, record)
  const made = audited.data.find(({ status }) => status === 201)
  assert.deepEqual([made?.key, made?.owner, made?.token_subject], [owner, owner, 'team-a'])
})

test('a claim names the owner, whose keys share what its tokens make', async (t) => {
  const service = await testGuarded(t, { ownerClaim: 'project', scopeClaim: 'roles' })
  const { http, issuer } = service
  const roles = ['unroll:submit', 'read', 'nothing of ours']
  const token = bearer(await issuer.sign({ project: 'team-a', roles }))
  const { id } = (await http.post('/v1/jobs').set(token).send(JOB).expect(201)).body as Job
  await http
    .get(`/v1/jobs/${id}`)
    .set(await keyOf(service, ['read'], 'team-a'))
    .expect(200)
  assertProblem(await http.get(`/v1/jobs/${id}`).set(await keyOf(service, ['read'], 'team-b')), 'JOB_NOT_FOUND')
  const claims = [
    {},
    { project: '' },
    { project: 'Team A' },
    { project: ['team-a'] },
    { project: `oidc-${'0'.repeat(40)}` },
  ]
  for (const claim of claims)
    assertProblem(await http.get('/v1/jobs').set(bearer(await issuer.sign({ roles, ...claim }))), 'UNAUTHENTICATED')
  assertProblem(await http.get('/v1/jobs').set(bearer(await issuer.sign({ project: 'team-a' }))), 'SCOPE_MISSING')
})

/** Seconds since 1970, so many from now. */
function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds
}

const FOREIGN = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** Tokens that are refused, and what the answer names. */
const REFUSED: readonly [what: string, make: (issuer: TestIssuer) => Promise<string> | string, names: string][] = [
  ['expired', ({ sign }) => sign({ exp: inSeconds(-10) }), 'exp'],
  ['without an end', ({ sign }) => sign({ exp: undefined }), 'exp'],
  ['not valid yet', ({ sign }) => sign({ nbf: inSeconds(600) }), 'nbf'],
  ['for another service', ({ sign }) => sign({ aud: 'https://other.example' }), 'https://unroll.example'],
  ['for no service', ({ sign }) => sign({ aud: undefined }), 'aud'],
  ['of another issuer', ({ sign }) => sign({ iss: 'https://other.example' }), 'iss'],
  ['of nobody', ({ sign }) => sign({ sub: undefined }), 'sub'],
  ['signed by a secret', ({ policy }) => signSecret(policy), 'alg'],
  ['not signed', ({ policy }) => new UnsecuredJWT(claimsOf(policy)).encode(), 'alg'],
  ['signed by a stranger', ({ policy }) => signForeign(policy, 'key-of-a-stranger'), 'no key of the issuer'],
  ['signed by a stranger without a name', ({ policy }) => signForeign(policy, undefined), 'no key of the issuer'],
  ['changed', async ({ sign }) => changeClaims(await sign()), 'no key of the issuer'],
  ['cut off', async ({ sign }) => (await sign()).slice(0, -20), 'no key of the issuer'],
  ['no JWT', () => 'opaque', 'signed JWT'],
  ['too long', ({ sign }) => sign({ padding: 'x'.repeat(8_000) }), '8192'],
]

function claimsOf({ issuer: iss, audience: aud }: TokenPolicy) {
  return { iss, aud, sub: 'ada', scope: 'admin', exp: inSeconds(600) }
}

function signForeign(policy: TokenPolicy, kid: string | undefined): Promise<string> {
  const header = { alg: 'ES256', ...(kid !== undefined && { kid }) }
  return new SignJWT(claimsOf(policy)).setProtectedHeader(header).sign(FOREIGN)
}

/** By what everybody may read, as where a public key is taken for a secret. */
function signSecret(policy: TokenPolicy): Promise<string> {
  return new SignJWT(claimsOf(policy)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32, policy.issuer))
}

function changeClaims(token: string): string {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), scope: 'admin' }
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
}

test('a token that is at fault is refused with what is wrong, by the challenge of RFC 6750', async (t) => {
  const { http, issuer } = await testGuarded(t)
  for (const [what, make, names] of REFUSED) {
    const answer = await http.get('/v1/jobs').set(bearer(await make(issuer)))
    const { detail } = assertProblem(answer, 'UNAUTHENTICATED')
    assert.ok(detail.includes(names), `${what}: ${detail}`)
    assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"', what)
  }
  await http
    .get('/v1/jobs')
    .set(bearer(await issuer.sign()))
    .expect(200)
  t.diagnostic(`looked at ${REFUSED.length} tokens`)
})

test('clocks may differ by what the policy says', async (t) => {
  const { http, issuer } = await testGuarded(t, { toleranceSeconds: 300 })
  await http
    .get('/v1/jobs')
    .set(bearer(await issuer.sign({ exp: inSeconds(-100), nbf: inSeconds(100) })))
    .expect(200)
  assertProblem(
    await http.get('/v1/jobs').set(bearer(await issuer.sign({ exp: inSeconds(-1_000) }))),
    'UNAUTHENTICATED',
  )
})

test('keys of the issuer are read once, and again for a token of an unknown key, at most once in a while', async (t) => {
  const { http, issuer } = await testGuarded(t, {}, { refetchMs: 0 })
  const status = async (token: string) => (await http.get('/v1/jobs').set(bearer(token))).status
  const old = await issuer.sign()
  assert.equal(await status(old), 200)
  assert.equal(await status(await issuer.sign({ sub: 'bob' })), 200)
  assert.equal(issuer.asked.get('/jwks'), 1)
  assert.equal(issuer.asked.get('/.well-known/openid-configuration'), 1)
  await issuer.rotate()
  assert.equal(await status(await issuer.sign()), 200)
  assert.equal(issuer.asked.get('/jwks'), 2)
  assert.equal(await status(await signForeign(issuer.policy, 'unknown')), 401)
  assert.equal(issuer.asked.get('/jwks'), 3)

  const patient = new TokenIssuer(issuer.policy, { refetchMs: 600_000 })
  await patient.identify(await issuer.sign())
  const before = issuer.asked.get('/jwks')
  for (let kid = 0; kid < 5; kid++)
    await assert.rejects(patient.identify(await signForeign(issuer.policy, `unknown-${kid}`)), {
      code: 'UNAUTHENTICATED',
    })
  assert.equal(issuer.asked.get('/jwks'), before)
})

test('while the issuer is down its known keys serve, other tokens are a 503, and keys of the service go on', async (t) => {
  const service = await testGuarded(t, {}, { downMs: 0, refetchMs: 0 })
  const { http, issuer } = service
  const key = await keyOf(service, ['read'])
  await issuer.stop()
  const answer = await http.get('/v1/jobs').set(bearer(await issuer.sign()))
  assertProblem(answer, 'ISSUER_UNAVAILABLE')
  assert.equal(answer.headers['retry-after'], '1')
  await http.get('/v1/jobs').set(key).expect(200)
  await issuer.start()
  await http
    .get('/v1/jobs')
    .set(bearer(await issuer.sign()))
    .expect(200)
  await issuer.stop()
  await http
    .get('/v1/jobs')
    .set(bearer(await issuer.sign({ sub: 'bob' })))
    .expect(200)
  assertProblem(await http.get('/v1/jobs').set(bearer(await signForeign(issuer.policy, 'new'))), 'ISSUER_UNAVAILABLE')
})

test('an issuer that fails is left alone for a while, and one whose document names another is not believed', async (t) => {
  const issuer = await testIssuer(t)
  const token = await issuer.sign()
  const other = { ...issuer.policy, issuer: issuer.policy.issuer.replace('127.0.0.1', 'localhost') }
  await assert.rejects(new TokenIssuer(other).identify(token), { code: 'ISSUER_UNAVAILABLE' })
  await issuer.stop()
  const alone = new TokenIssuer(issuer.policy, { downMs: 600_000 })
  await assert.rejects(alone.identify(token), { code: 'ISSUER_UNAVAILABLE' })
  await issuer.start()
  await assert.rejects(alone.identify(token), { code: 'ISSUER_UNAVAILABLE' })
  await new TokenIssuer(issuer.policy).identify(token)
})

test('what is known of a token ends when it expires, as what is known of a key does', async (t) => {
  const { policy, sign } = await testIssuer(t, { toleranceSeconds: 7 })
  const exp = inSeconds(600)
  const holder = await new TokenIssuer(policy).identify(await sign({ exp, scope: 'submit read' }))
  assert.equal(holder.expiresAt, (exp + 7) * 1_000)
  assert.deepEqual([holder.subject, holder.scopes], ['ada', ['read', 'submit']])
})
