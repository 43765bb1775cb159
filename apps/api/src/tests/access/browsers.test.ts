import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { isKnownHost } from '../../plugins/security.ts'

const NAMES = { hosts: ['unroll.example.org'], origins: ['https://notebook.example.org'] }

for (const [host, isKnown] of [
  ['localhost', true],
  ['LOCALHOST:8080', true],
  ['127.0.0.1:8080', true],
  ['10.1.2.3', true],
  ['[::1]:8080', true],
  ['unroll.example.org', true],
  ['Unroll.Example.org:443', true],
  ['attacker.example', false],
  ['attacker.example:8080', false],
  ['unroll.example.org.attacker.example', false],
  ['localhost.attacker.example', false],
  ['127.0.0.1.attacker.example', false],
  ['127.0.0.1@attacker.example', false],
  ['', false],
  ['[::1', false],
] as const)
  test(`isKnownHost() is ${isKnown} for "${host}"`, () => assert.equal(isKnownHost(host, NAMES.hosts), isKnown))

test('no request is answered under a name that is not of the service, as a page after DNS rebinding sends it', async (t) => {
  const service = await testApp(t, { browsers: NAMES })
  const rebound = { host: 'attacker.example', origin: 'http://attacker.example', 'sec-fetch-site': 'same-origin' }
  const asked = ['/livez', '/v1/jobs', '/metrics', '/openapi.json', '/docs', '/queues', '/nothing']
  for (const path of asked) assertProblem(await service.http.get(path).set(rebound), 'HOST_UNKNOWN')
  assertProblem(await service.http.post('/v1/jobs').set(rebound).send({}), 'HOST_UNKNOWN')
  assertProblem(
    await service.http.post('/v1/datasets').set(rebound).set('content-type', 'text/plain').send('text'),
    'HOST_UNKNOWN',
  )
  await assertNothingStored(service)
  const answer = await service.http.get('/v1/jobs').set('host', 'unroll.example.org')
  assert.equal(answer.status, 200)
  t.diagnostic(`looked at ${asked.length + 3} requests`)
})

/** Headers of a page that uploads a text, which needs no preflight, and the status of the answer. */
const PAGES: readonly [what: string, headers: Record<string, string>, status: number][] = [
  ['no page at all', {}, 201],
  ['a page of the service', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8080' }, 201],
  ['a page of the service, by its Origin alone', { origin: 'http://localhost:8080' }, 201],
  ['a bookmark', { 'sec-fetch-site': 'none' }, 201],
  ['a page of an allowed origin', { 'sec-fetch-site': 'cross-site', origin: 'https://notebook.example.org' }, 201],
  ['a page of the same site', { 'sec-fetch-site': 'same-site' }, 403],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of another site, by its Origin alone', { origin: 'http://attacker.example' }, 403],
  ['a page of another port', { origin: 'http://localhost:3000' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  [
    'a page whose Origin denies its Sec-Fetch-Site',
    { 'sec-fetch-site': 'same-origin', origin: 'http://a.example' },
    403,
  ],
  ['a page of an origin that begins as an allowed one', { origin: 'https://notebook.example.org.a.example' }, 403],
]

for (const [what, headers, status] of PAGES)
  test(`an upload by ${what} answers ${status}`, async (t) => {
    const service = await testApp(t, { browsers: NAMES })
    const host = { host: 'localhost:8080' }
    const upload = service.http.post('/v1/datasets').set('content-type', 'text/plain')
    const answer = await upload.set({ ...host, ...headers }).send('text')
    assert.equal(answer.status, status, answer.text)
    if (status === 403) {
      assertProblem(answer, 'CROSS_ORIGIN')
      await assertNothingStored(service)
    }
    assert.equal((await service.http.get('/v1/datasets').set({ ...host, ...headers })).status, 200)
  })

test('a drain without a body by a page of another origin is refused', async (t) => {
  const { http } = await testApp(t)
  const drain = http.post('/v1/workers/wrk_00000000000000000000/drain')
  assertProblem(await drain.set('origin', 'http://attacker.example'), 'CROSS_ORIGIN')
})

test('only pages of an allowed origin may read answers and ask for more with a preflight', async (t) => {
  const { http } = await testApp(t, { browsers: NAMES })
  const preflight = (origin: string) =>
    http.options('/v1/jobs').set({ origin, 'access-control-request-method': 'POST' })
  const allowed = await preflight('https://notebook.example.org')
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://notebook.example.org')
  assert.match(String(allowed.headers['access-control-allow-headers']), /authorization/)
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined)
  const read = await http.get('/v1/jobs').set('origin', 'https://notebook.example.org')
  assert.equal(read.headers['access-control-allow-origin'], 'https://notebook.example.org')
  assert.match(String(read.headers['access-control-expose-headers']), /unroll-cursor/)
  assert.equal(read.headers['vary'], 'origin')
  for (const refused of [await preflight('https://other.example.org'), await http.get('/v1/jobs')])
    assert.equal(refused.headers['access-control-allow-origin'], undefined)
})
