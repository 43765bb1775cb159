import assert from 'node:assert/strict'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ERRORS } from '@unroll/contract'
import { JOB, assertProblem, testApp } from '../../testing/app.ts'
import { startRedis } from '../../testing/redis.ts'

test('GET /livez and /readyz answer 200 while Redis is reached', async (t) => {
  const { http } = await testApp(t)
  assert.deepEqual((await http.get('/livez')).body, { status: 'live' })
  const { status, body } = await http.get('/readyz')
  const ready = body as { status: string; redis: { server: string; ping_ms: number }; warnings: string[] }
  assert.equal(status, 200)
  assert.equal(ready.status, 'ready')
  assert.match(ready.redis.server, /^(Redis|Valkey) \d/)
  assert.ok(ready.redis.ping_ms >= 0)
})

test('without Redis, /livez goes on and the rest answers STORE_UNAVAILABLE with Retry-After and no address', async (t) => {
  const redis = await startRedis()
  const { http } = await testApp(t, { url: redis.url })
  assert.equal((await http.get('/readyz')).status, 200)
  await redis.stop()
  assert.equal((await http.get('/livez')).status, 200)
  for (const answer of [
    await http.get('/readyz'),
    await http.get('/v1/jobs'),
    await http.post('/v1/jobs').send(JOB),
    await http.get('/v1/workers'),
  ]) {
    const problem = assertProblem(answer, 'STORE_UNAVAILABLE')
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '1')
    assert.ok(!JSON.stringify(problem).includes('127.0.0.1'))
  }
})

test('every answer carries its request id and the headers that protect a browser', async (t) => {
  const { http } = await testApp(t)
  for (const path of ['/livez', '/v1/jobs', '/nothing']) {
    const { headers, body } = await http.get(path)
    assert.match(String(headers['x-request-id']), /^req_[0-9a-f]{16}$/)
    assert.match(String(headers['content-security-policy']), /default-src 'none'/)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    const { request_id } = body as { request_id?: string }
    if (request_id !== undefined) assert.equal(request_id, headers['x-request-id'])
  }
})

test('what is not HTTP is answered as a problem too', async (t) => {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1', () => socket.write('HELO example.org\r\n\r\n'))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  const [head = '', body = ''] = text.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/)
  assert.equal((JSON.parse(body) as { code: string }).code, 'INVALID_REQUEST')
})

test('GET /docs/errors has a place for the type of every problem', async (t) => {
  const { http } = await testApp(t)
  const { text } = await http.get('/docs/errors').redirects(1)
  const codes = Object.keys(ERRORS)
  assert.ok(codes.length > 10)
  for (const code of codes) assert.ok(text.includes(`id="${code}"`), code)
})

for (const [path, least] of [
  ['/docs', 4],
  ['/docs/learn/vanishing', 4],
  ['/docs/api', 4],
] as const)
  test(`GET ${path} serves a page whose scripts, styles and links to files are of this service`, async (t) => {
    const { http } = await testApp(t)
    const { status, text, headers } = await http.get(path).redirects(1)
    assert.equal(status, 200)
    assert.match(String(headers['content-security-policy']), /script-src 'self'; style-src 'self';/)
    const files = Array.from(text.matchAll(/(?:src|href)="\.?([^"#]+)[^"]*"/g), ([, file = '']) =>
      file.startsWith('/') ? file : `/docs/api/${file}`,
    ).filter((file) => !/^\/(?:favicon\.svg)?$/.test(file)) // the dashboard's
    assert.ok(files.length >= least)
    for (const file of new Set(files)) assert.ok((await http.get(file).redirects(1)).status === 200, file)
    t.diagnostic(`${files.length} files and links`)
  })

for (const folder of ['/docs', '/queues/static'])
  test(`GET below ${folder} finds files of this folder alone, which have no other method`, async (t) => {
    const { http } = await testApp(t)
    for (const path of ['nothing', 'nothing/', '..%2f..%2fpackage.json', '%2e%2e/package.json', '.%00'])
      assert.ok([400, 403, 404].includes((await http.get(`${folder}/${path}`)).status), path)
    assertProblem(await http.get(`${folder}/nothing`), 'ROUTE_NOT_FOUND')
    assertProblem(await http.post(`${folder}/nothing`), 'METHOD_NOT_ALLOWED')
  })
