import assert from 'node:assert/strict'
import { request as sendRequest, type ClientRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { LimitUses, type Job, type LimitName, type Sweep } from '@unroll/contract'
import { Registry } from '@unroll/telemetry'
import supertest from 'supertest'
import { buildApp } from '../../app.ts'
import { readLimitPolicy } from '../../limits/policy.ts'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { keyOf } from '../../testing/keys.ts'
import { GRID } from '../../testing/sweeps.ts'

type Headers = { authorization: string }

/** A key of an owner with limits of its own. */
function limitedKey(service: TestApp, limits: Partial<Record<LimitName, number>>, owner = 'team-a'): Promise<Headers> {
  return keyOf(service, ['read', 'submit'], owner, { limits })
}

/** Another process of a service. */
async function addProcess(t: TestContext, { app, store, artifacts }: TestApp): Promise<supertest.Agent> {
  const { segments, maxDatasetBytes, tracing } = app
  const other = buildApp({ store, artifacts, segments, maxDatasetBytes, tracing, registry: new Registry() })
  t.after(() => other.close())
  await other.ready()
  return supertest.agent(other.server)
}

function countStatuses(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

async function postAtOnce({ http }: TestApp, key: Headers, count: number, body: object = JOB) {
  return await Promise.all(Array.from({ length: count }, () => http.post('/v1/jobs').set(key).send(body)))
}

test('of twice as many requests as a key may send, two processes answer exactly those that it may', async (t) => {
  const service = await testApp(t)
  const processes = [service.http, await addProcess(t, service)]
  for (const [limit, send, answered] of [
    ['reads', (http: supertest.Agent) => http.get('/v1/jobs'), 200],
    ['writes', (http: supertest.Agent) => http.post('/v1/tasks/samples').send({ data: JOB.data }), 200],
  ] as const) {
    const [key, other] = [await limitedKey(service, { [limit]: 40 }), await limitedKey(service, {})]
    const asked = Array.from({ length: 80 }, (_, n) => send(processes[n % 2] ?? service.http).set(key))
    const answers = await Promise.all(asked)
    assert.deepEqual(countStatuses(answers), { [answered]: 40, 429: 40 }, limit)
    for (const answer of answers) {
      assert.equal(answer.headers['ratelimit-policy'], `"${limit}";q=40;w=60`)
      assert.match(answer.headers['ratelimit'] ?? '', new RegExp(`^"${limit}";r=\\d+;t=\\d+$`))
    }
    const refused = answers.find(({ status }) => status === 429) ?? assert.fail()
    assert.match(assertProblem(refused, 'RATE_LIMITED').detail, new RegExp(`limit ${limit}`))
    const wait = Number(refused.headers['retry-after'])
    assert.ok(wait > 0 && wait <= 60, `Retry-After: ${wait}`)
    assert.equal((await send(service.http).set(other)).status, answered, 'another key is not affected')
  }
})

test('a key without limits of its own has those of the service, and requests without a key have none', async (t) => {
  const service = await testApp(t, { keyPolicy: 'never', limitPolicy: readLimitPolicy('writes=7') })
  const open = await testApp(t)
  assert.equal((await open.http.get('/v1/jobs').expect(200)).headers['ratelimit'], undefined)
  const key = await keyOf(service, ['read'])
  const { headers } = await service.http.get('/v1/jobs').set(key).expect(200)
  assert.equal(headers['ratelimit-policy'], '"reads";q=6000;w=60')
  const keyless = await service.http.post('/v1/tasks/samples').send({ data: JOB.data }).expect(200)
  assert.equal(keyless.headers['ratelimit'], '"writes";r=6;t=60')
})

test('an owner has exactly as many jobs as are allowed, with those of sweeps, and another one once one has ended', async (t) => {
  const service = await testApp(t)
  const { http } = service
  const key = await limitedKey(service, { open_jobs: 6 })
  const answers = await postAtOnce(service, key, 12)
  assert.deepEqual(countStatuses(answers), { 201: 6, 403: 6 })
  const refused = answers.find(({ status }) => status === 403) ?? assert.fail()
  assert.match(assertProblem(refused, 'QUOTA_EXCEEDED').detail, /owner "team-a" has 6 of 6/)
  assertProblem(await http.post('/v1/sweeps').set(key).send(GRID), 'QUOTA_EXCEEDED')
  await http
    .post('/v1/jobs')
    .set(await limitedKey(service, { open_jobs: 6 }, 'team-b'))
    .send(JOB)
    .expect(201)

  const ids = answers.filter(({ status }) => status === 201).map(({ body }) => (body as Job).id)
  await http.post(`/v1/jobs/${ids[0]}/cancel`).set(key).expect(202)
  assert.deepEqual(countStatuses(await postAtOnce(service, key, 2)), { 201: 1, 403: 1 })
  for (const { id } of (await service.store.jobs.list({ owner: 'team-a', status: 'queued', limit: 100 })).data)
    await http.post(`/v1/jobs/${id}/cancel`).set(key).expect(202)

  const sweep = (await http.post('/v1/sweeps').set(key).send(GRID).expect(201)).body as Sweep
  const planned = sweep.runs.length
  assert.equal(await service.store.jobs.countUnended('team-a'), planned)
  assert.deepEqual(countStatuses(await postAtOnce(service, key, 6)), { 201: 6 - planned, 403: planned })
  await http.post(`/v1/sweeps/${sweep.id}/cancel`).set(key).expect(202)
})

test('a job that was made before is given again, whatever the limits', async (t) => {
  const service = await testApp(t)
  const key = await limitedKey(service, { open_jobs: 1, steps: 500 })
  const body = { ...JOB, training: { max_steps: 500 } }
  const post = () => service.http.post('/v1/jobs').set(key).set('idempotency-key', 'one').send(body)
  const [first, again] = [await post().expect(201), await service.store.quotas.giveBack(STEPS, 500).then(post)]
  assert.equal((again.body as Job).id, (first.body as Job).id)
  assertProblem(await service.http.post('/v1/jobs').set(key).send(body), 'QUOTA_EXCEEDED')
})

const STEPS = { limit: 'steps', subject: 'team-a', most: 500, windowMs: 86_400_000 } as const

test('the jobs of the whole service are limited, whoever has them', async (t) => {
  const service = await testApp(t, { limitPolicy: readLimitPolicy('', 'open_jobs=3') })
  const keys = [await limitedKey(service, {}), await limitedKey(service, {}, 'team-b')]
  const answers = await Promise.all(keys.map((key) => postAtOnce(service, key, 3)))
  assert.deepEqual(countStatuses(answers.flat()), { 201: 3, 403: 3 })
})

test('an owner asks for exactly as many steps a day as are allowed; those of what is not made are given back', async (t) => {
  const service = await testApp(t)
  const key = await limitedKey(service, { steps: 1_000 })
  const body = { ...JOB, training: { max_steps: 250 } }
  const unknown = { ...body, init_from: { weights: 'wts_00000000000000000000' } }
  await service.http.post('/v1/jobs').set(key).send(unknown).expect(404)
  const answers = await postAtOnce(service, key, 8, body)
  assert.deepEqual(countStatuses(answers), { 201: 4, 429: 4 })
  const refused = answers.find(({ status }) => status === 429) ?? assert.fail()
  assert.match(assertProblem(refused, 'RATE_LIMITED').detail, /0 of 1000 steps left today/)
  assert.ok(Number(refused.headers['retry-after']) > 60)
})

const TEXT = { 'content-type': 'text/plain' }

test('an owner keeps exactly as many bytes as are allowed, and more once something is deleted', async (t) => {
  const service = await testApp(t)
  const { http, store, files } = service
  const key = await limitedKey(service, { stored_bytes: 300, uploads: 20 })
  const send = () => http.post('/v1/datasets').set(key).set(TEXT).send('a'.repeat(100))
  const answers = await Promise.all(Array.from({ length: 6 }, send))
  assert.deepEqual(countStatuses(answers), { 201: 3, 403: 3 })
  assert.match(
    assertProblem(answers.find(({ status }) => status === 403) ?? assert.fail(), 'QUOTA_EXCEEDED').detail,
    /300 of 300/,
  )
  assert.equal(files().length, 3, 'nothing is left of what was refused')
  const part = { ...key, 'content-type': 'application/octet-stream', 'upload-offset': '0' }
  const sendPart = () =>
    http
      .patch('/v1/uploads/u')
      .set(part)
      .send(Buffer.from('a'.repeat(100)))
  assertProblem(await sendPart(), 'QUOTA_EXCEEDED')
  assert.equal(files().length, 3)

  const { id } = (answers.find(({ status }) => status === 201) ?? assert.fail()).body as { id: string }
  await http.delete(`/v1/datasets/${id}`).set(key).expect(204)
  await sendPart().expect(200)
  assertProblem(await send(), 'QUOTA_EXCEEDED')
  await http.delete('/v1/uploads/u').set(key).expect(204)
  await send().expect(201)
  assert.deepEqual([await store.stored.read('team-a'), await store.stored.read()], [300, 300])
})

/** An upload whose body has begun and does not end. */
async function openUpload(service: TestApp, key: Headers): Promise<ClientRequest> {
  const { port } = service.app.server.address() as AddressInfo
  const headers = { ...key, ...TEXT, 'transfer-encoding': 'chunked' }
  const upload = sendRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/datasets', headers })
  upload.on('error', () => {}) // it is broken off
  upload.write('a')
  return upload
}

test('a key has as many uploads and streams at the same time as are allowed, and another one once one ends', async (t) => {
  const service = await testApp(t)
  await service.app.listen({ host: '127.0.0.1', port: 0 })
  const key = await limitedKey(service, { uploads: 2, streams: 0 })
  const open = [await openUpload(service, key), await openUpload(service, key)]
  t.after(() => open.forEach((upload) => upload.destroy()))
  const count = async (wanted: number) => {
    const found = await service.http.get('/v1/limits').set(key).expect(200)
    return (found.body as LimitUses).limits.find(({ name }) => name === 'uploads')?.used === wanted
  }
  await until(() => count(2))
  const send = () => service.http.post('/v1/datasets').set(key).set(TEXT).send('a')
  const refused = await send()
  assertProblem(refused, 'RATE_LIMITED')
  assert.equal(refused.headers['ratelimit-policy'], '"uploads";q=2;qu="concurrent-requests"')
  await service.http
    .post('/v1/datasets')
    .set(await limitedKey(service, {}, 'team-b'))
    .set(TEXT)
    .send('a')
    .expect(201)
  open[0]?.destroy()
  await until(async () => (await send()).status === 201)
  const { id } = (await service.http.post('/v1/jobs').set(key).send(JOB).expect(201)).body as Job
  assertProblem(await service.http.get(`/v1/jobs/${id}/stream`).set(key), 'RATE_LIMITED')
})

test('GET /v1/limits says what is used of each limit', async (t) => {
  const service = await testApp(t, { keyPolicy: 'always' })
  const key = await limitedKey(service, { open_jobs: 5, reads: 100 })
  await service.http.post('/v1/jobs').set(key).send(JOB).expect(201)
  await service.http.post('/v1/datasets').set(key).set(TEXT).send('abc').expect(201)
  const { body } = await service.http.get('/v1/limits').set(key).expect(200)
  assertMatches(LimitUses, body)
  const { owner, limits } = body as LimitUses
  const used = (name: LimitName, of: string) => {
    const { limit, used: amount } = limits.find((each) => each.name === name && each.of === of) ?? assert.fail(name)
    return [amount, limit]
  }
  assert.equal(owner, 'team-a')
  assert.deepEqual(used('open_jobs', 'owner'), [1, 5])
  assert.deepEqual(used('open_jobs', 'service'), [1, 100_000])
  assert.deepEqual(used('stored_bytes', 'owner'), [3, 256 * 2 ** 30])
  assert.deepEqual(used('stored_bytes', 'service'), [3, null])
  assert.ok((used('reads', 'key')[0] ?? 0) >= 1)
  assert.deepEqual(used('steps', 'owner')[1], 1_000_000_000)
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 30_000; !(await holds());) assert.ok(performance.now() < limit, 'in vain')
}
