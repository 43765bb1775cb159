import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Job, type Page } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

const post = async ({ http }: TestApp, more: object = {}): Promise<Job> =>
  (await http.post('/v1/jobs').send({ ...JOB, ...more })).body as Job

async function hold({ store }: TestApp, id: string): Promise<number> {
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  await store.jobs.move(id, claim.epoch, 'running')
  return claim.epoch
}

test('POST …/pause and …/resume answer 202 with the job, and the same again', async (t) => {
  const service = await testApp(t)
  const { id } = await post(service)
  for (const [verb, status] of [
    ['pause', 'paused'],
    ['pause', 'paused'],
    ['resume', 'queued'],
    ['resume', 'queued'],
  ] as const) {
    const answer = await service.http.post(`/v1/jobs/${id}/${verb}`)
    assert.equal(answer.status, 202)
    assertMatches(Job, answer.body)
    assert.equal((answer.body as Job).status, status)
  }
})

test('POST …/resume of a job whose worker is still stopping is 409: to be tried again', async (t) => {
  const service = await testApp(t)
  const { id } = await post(service)
  await hold(service, id)
  assert.equal(((await service.http.post(`/v1/jobs/${id}/pause`)).body as Job).status, 'pausing')
  const answer = await service.http.post(`/v1/jobs/${id}/resume`)
  assertProblem(answer, 'JOB_BUSY')
  assert.equal(answer.status, 409)
})

test('PATCH changes name, priority and metadata, and its ETag guards against lost updates', async (t) => {
  const service = await testApp(t)
  const { id } = await post(service, { metadata: { a: '1' } })
  const { etag } = (await service.http.get(`/v1/jobs/${id}`)).headers
  assert.equal(etag, '"0"')
  const patch = { name: 'new', priority: 3, metadata: { a: null, b: '2' } }
  const changed = await service.http.patch(`/v1/jobs/${id}`).set('if-match', etag).send(patch)
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  assertMatches(Job, changed.body)
  const { name, metadata, spec } = changed.body as Job
  assert.deepEqual([name, metadata, spec.priority, changed.headers['etag']], ['new', { b: '2' }, 3, '"1"'])
  const late = await service.http.patch(`/v1/jobs/${id}`).set('if-match', etag).send({ name: 'late' })
  assertProblem(late, 'JOB_CHANGED')
  for (const condition of ['"1"', '*']) {
    const { status } = await service.http.patch(`/v1/jobs/${id}`).set('if-match', condition).send({})
    assert.equal(status, 200, condition)
  }
})

const BAD: [why: string, body: object, pointer: string][] = [
  ['a field that cannot be changed', { sequence_length: 5 }, '/sequence_length'],
  ['a priority out of range', { priority: 0 }, '/priority'],
  ['an empty name', { name: '' }, '/name'],
  ['metadata that is no text', { metadata: { a: 1 } }, '/metadata/a'],
]
for (const [why, body, pointer] of BAD) {
  test(`PATCH refuses ${why}, and changes nothing`, async (t) => {
    const service = await testApp(t)
    const before = await post(service)
    const problem = assertProblem(await service.http.patch(`/v1/jobs/${before.id}`).send(body), 'INVALID_SPECIFICATION')
    assert.deepEqual(
      problem.errors?.map((error) => error.pointer),
      [pointer],
    )
    assert.deepEqual((await service.http.get(`/v1/jobs/${before.id}`)).body, before)
  })
}

test('PATCH refuses an If-Match that is no ETag of a job', async (t) => {
  const service = await testApp(t)
  const { id } = await post(service)
  const answer = await service.http.patch(`/v1/jobs/${id}`).set('if-match', '"x"').send({ name: 'x' })
  assertProblem(answer, 'INVALID_REQUEST')
})

test('DELETE refuses a job that has not ended, and leaves nothing of one that has', async (t) => {
  const service = await testApp(t)
  const { http, store, app, files } = service
  const { id } = await post(service)
  const epoch = await hold(service, id)
  await app.artifacts.put(`jobs/${id}/checkpoints/1`, toStream('weights'))
  assertProblem(await http.delete(`/v1/jobs/${id}`), 'JOB_NOT_ENDED')
  assert.equal(files().length, 1)
  await store.jobs.move(id, epoch, 'succeeded')
  assert.equal((await http.delete(`/v1/jobs/${id}`)).status, 204)
  assertProblem(await http.delete(`/v1/jobs/${id}`), 'JOB_NOT_FOUND')
  assert.deepEqual(files(), [])
  assert.deepEqual(((await http.get('/v1/jobs')).body as Page<Job>).data, [])
})

async function* toStream(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
