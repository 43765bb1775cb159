import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiKey, AuditRecord, NewApiKey, type Page, type Scope } from '@unroll/contract'
import { keepFirstKey } from '../../access/first_key.ts'
import { Gate, STALE_MS } from '../../access/gate.ts'
import { readLimitPolicy } from '../../limits/policy.ts'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { keyOf } from '../../testing/keys.ts'

test('a key is shown once, is stored without its secret, and works', async (t) => {
  const service = await testApp(t)
  const made = (
    await service.http
      .post('/v1/keys')
      .send({ name: 'mine', scopes: ['read'] })
      .expect(201)
  ).body as NewApiKey
  assertMatches(NewApiKey, made)
  assert.match(made.key, /^unroll_[0-9a-z]{20}_[A-Za-z0-9_-]{43}$/)
  assert.ok(made.key.startsWith(`${made.prefix}_`))
  const secret = made.key.slice(made.prefix.length + 1)
  const stored = JSON.stringify(await service.store.apiKeys.find(made.id))
  assert.ok(!stored.includes(secret))
  const admin = await keyOf(service, ['admin'])
  const listed = await service.http.get('/v1/keys').set(admin).expect(200)
  for (const key of (listed.body as Page<ApiKey>).data) assertMatches(ApiKey, key)
  assert.ok(!listed.text.includes(secret))
  await service.http.get('/v1/jobs').set('authorization', `Bearer ${made.key}`).expect(200)
})

for (const [policy, before, after] of [
  ['never', 200, 200],
  ['once_made', 200, 401],
  ['always', 401, 401],
] as const)
  test(`where keys are needed "${policy}", a request without one answers ${before}, and ${after} once one was made`, async (t) => {
    const service = await testApp(t, { keyPolicy: policy })
    assert.equal((await service.http.get('/v1/jobs')).status, before)
    const key = await keyOf(service, ['read'])
    service.app.gate.forget()
    const answer = await service.http.get('/v1/jobs')
    assert.equal(answer.status, after)
    if (after === 401) {
      assertProblem(answer, 'UNAUTHENTICATED')
      assert.equal(answer.headers['www-authenticate'], 'Bearer')
    }
    await service.http.get('/v1/jobs').set(key).expect(200)
    for (const path of ['/livez', '/readyz', '/docs/api', '/openapi.json']) await service.http.get(path).expect(200)
  })

for (const [what, spoil] of [
  ['another secret', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
  ['another id', (token: string) => token.replace(/_[0-9a-z]{20}_/, '_00000000000000000000_')],
  ['less', (token: string) => token.slice(0, -1)],
  ['more', (token: string) => `${token}A`],
  ['another scheme', (token: string) => token.replace('Bearer', 'Basic')],
  ['nothing', () => 'Bearer '],
] as const)
  test(`a key with ${what} is refused`, async (t) => {
    const service = await testApp(t)
    const { authorization } = await keyOf(service, ['admin'])
    const answer = await service.http.get('/v1/jobs').set('authorization', spoil(authorization))
    assertProblem(answer, 'UNAUTHENTICATED')
  })

test('a key that has expired is refused, also by whoever knew it', async (t) => {
  const service = await testApp(t)
  const days = 0.5 / 86_400
  const key = await keyOf(service, ['read'], 'team-a', { expires_in_days: days })
  await service.http.get('/v1/jobs').set(key).expect(200)
  await until(async () => (await service.http.get('/v1/jobs').set(key)).status === 401)
})

test(`a revoked key is refused at once by the process that revoked it, and within ${STALE_MS} ms by any other`, async (t) => {
  const service = await testApp(t)
  const key = await keyOf(service, ['read'])
  const admin = await keyOf(service, ['admin'])
  const id = await findKey(service, 'read')
  const other = new Gate(service.store.apiKeys, 'always', readLimitPolicy(), {
    onError: (error) => assert.fail(String(error)),
  })
  await other.identify(key.authorization)
  await service.http.get('/v1/jobs').set(key).expect(200)
  await service.http.delete(`/v1/keys/${id}`).set(admin).expect(204)
  const since = performance.now()
  assertProblem(await service.http.get('/v1/jobs').set(key), 'UNAUTHENTICATED')
  await until(() =>
    other.identify(key.authorization).then(
      () => false,
      () => true,
    ),
  )
  const heldMs = performance.now() - since
  assert.ok(heldMs <= STALE_MS + 1_000, `held after ${heldMs} ms`)
  assertProblem(await service.http.post(`/v1/keys/${id}/rotate`).set(admin), 'KEY_ENDED')
})

test('a stream ends once its key is revoked', async (t) => {
  const service = await testApp(t)
  const [key, admin] = [await keyOf(service, ['read', 'submit']), await keyOf(service, ['admin'])]
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { id } = (await service.http.post('/v1/jobs').set(key).send(JOB).expect(201)).body as { id: string }
  const response = await fetch(`${url}/v1/jobs/${id}/stream`, { headers: key })
  assert.equal(response.status, 200)
  await service.http
    .delete(`/v1/keys/${await findKey(service, 'read')}`)
    .set(admin)
    .expect(204)
  await response.text().catch(() => '') // its end, clean or not, is what is waited for: the job itself goes on
  assert.equal((await fetch(`${url}/v1/jobs/${id}/stream`, { headers: key })).status, 401)
})

test('a rotated key and its successor both work until the overlap is over', async (t) => {
  const service = await testApp(t)
  const old = await keyOf(service, ['read'])
  const admin = await keyOf(service, ['admin'])
  const id = await findKey(service, 'read')
  const rotated = await service.http.post(`/v1/keys/${id}/rotate`).set(admin).send({ overlap_seconds: 1 }).expect(201)
  const { key, owner, scopes } = rotated.body as NewApiKey
  assert.deepEqual([owner, scopes], ['team-a', ['read']])
  await service.http.get('/v1/jobs').set(old).expect(200)
  await service.http.get('/v1/jobs').set('authorization', `Bearer ${key}`).expect(200)
  await until(async () => (await service.http.get('/v1/jobs').set(old)).status === 401)
  await service.http.get('/v1/jobs').set('authorization', `Bearer ${key}`).expect(200)
})

test('the last use of a key is noted, and keys are looked up once for many requests', async (t) => {
  const service = await testApp(t)
  const key = await keyOf(service, ['read'])
  let lookups = 0
  const { find } = service.store.apiKeys
  t.mock.method(service.store.apiKeys, 'find', (id: string) => {
    lookups += 1
    return find.call(service.store.apiKeys, id)
  })
  for (let n = 0; n < 20; n += 1) await service.http.get('/v1/jobs').set(key).expect(200)
  assert.ok(lookups >= 1 && lookups <= 3, `${lookups} lookups for 20 requests`)
  await until(async () => (await service.store.apiKeys.list())[0]?.last_used_at !== null)
})

test('keepFirstKey() writes one key of scope admin for the user alone, unless one works', async (t) => {
  const service = await testApp(t, { keyPolicy: 'always' })
  const file = join(service.folder, 'data', 'admin.key')
  assert.equal(await keepFirstKey(service.store.apiKeys, file), true)
  const key = readFileSync(file, 'utf8').trim()
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await service.http.get('/v1/keys').set('authorization', `Bearer ${key}`).expect(200)
  assert.equal(await keepFirstKey(service.store.apiKeys, file), false)
  await service.store.apiKeys.end(await findKey(service, 'admin'), Date.now(), { isRevoked: true })
  assert.equal(await keepFirstKey(service.store.apiKeys, file), true)
  assert.notEqual(readFileSync(file, 'utf8').trim(), key)
})

test('the audit log has who changed what and who tried to, and no secret', async (t) => {
  const service = await testApp(t)
  const [key, reader, admin] = [
    await keyOf(service, ['submit']),
    await keyOf(service, ['read']),
    await keyOf(service, ['admin'], 'ops'),
  ]
  const { id } = (await service.http.post('/v1/jobs').set(key).send(JOB).expect(201)).body as { id: string }
  await service.http.post(`/v1/jobs/${id}/cancel`).set(reader).expect(403)
  await service.http.get(`/v1/jobs/${id}`).set(reader).expect(200)
  await service.http.post(`/v1/jobs/${id}/cancel`).set(key).set('origin', 'http://attacker.example').expect(403)
  await until(async () => (await service.store.audit.list()).data.length === 3)
  const { body, text } = await service.http.get('/v1/audit?limit=1').set(admin).expect(200)
  const { data, next } = body as Page<AuditRecord>
  for (const record of data) assertMatches(AuditRecord, record)
  assert.deepEqual(
    data.map(({ route, status, subject, key: used }) => [route, status, subject, used]),
    [['/v1/jobs/:id/cancel', 403, id, null]],
  )
  for (const first of ['0-0', '00-0']) {
    const none = await service.http.get(`/v1/audit?after=${first}`).set(admin).expect(200)
    assert.deepEqual(none.body.data, [])
  }
  const rest = await service.http.get(`/v1/audit?after=${next}`).set(admin).expect(200)
  const [second, first] = (rest.body as Page<AuditRecord>).data
  assert.deepEqual([second?.route, second?.status], ['/v1/jobs/:id/cancel', 403])
  assert.deepEqual([first?.route, first?.status, first?.owner], ['/v1/jobs', 201, 'team-a'])
  for (const { authorization } of [key, reader, admin])
    assert.ok(!`${text}${rest.text}`.includes(authorization.slice(-43)), 'a secret is in the log')
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 30_000; !(await holds());) assert.ok(performance.now() < limit, 'in vain')
}

async function findKey({ store }: TestApp, scope: Scope): Promise<string> {
  const found = (await store.apiKeys.list()).find(({ scopes }) => scopes.includes(scope))
  return found?.id ?? assert.fail(`no key of scope ${scope}`)
}
