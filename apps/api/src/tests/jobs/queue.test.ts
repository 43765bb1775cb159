import { QueueState, type Job, type Page, type Sweep } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOB, assertMatches, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'

const POOL = { resources: { accelerator: 'gpu', labels: { pool: 'a100' } } }

function pausedIn(body: unknown): string[] {
  assertMatches(QueueState, body)
  return (body as QueueState).lines.flatMap(({ accelerator, paused_at: at }) => (at === null ? [] : [accelerator]))
}

test('POST /v1/queue/pause and …/resume answer with the queue: all of it, or that of an accelerator, and the same again', async (t) => {
  const { http } = await testApp(t)
  for (const [verb, body, paused] of [
    ['pause', { accelerator: 'gpu' }, ['gpu']],
    ['pause', { accelerator: 'gpu' }, ['gpu']],
    ['pause', {}, ['any', 'cpu', 'gpu']],
    ['resume', { accelerator: 'any' }, ['cpu', 'gpu']],
    ['resume', undefined, []],
    ['pause', undefined, ['any', 'cpu', 'gpu']],
    ['resume', {}, []],
  ] as const) {
    const answer = await http.post(`/v1/queue/${verb}`).send(body).expect(200)
    assert.deepEqual(pausedIn(answer.body), paused)
    assert.deepEqual(pausedIn((await http.get('/v1/queue').expect(200)).body), paused)
  }
})

for (const [why, body, pointer] of [
  ['an accelerator that there is not', { accelerator: 'tpu' }, '/accelerator'],
  ['a field that there is not', { queue: 'gpu' }, '/queue'],
] as const) {
  test(`POST /v1/queue/pause refuses ${why}, and pauses nothing`, async (t) => {
    const { http } = await testApp(t)
    const problem = assertProblem(await http.post('/v1/queue/pause').send(body), 'INVALID_REQUEST')
    assert.deepEqual(
      problem.errors?.map((error) => error.pointer),
      [pointer],
    )
    assert.deepEqual(pausedIn((await http.get('/v1/queue')).body), [])
  })
}

test('jobs may be posted while the queue is paused; they, and dry runs, say what they wait for', async (t) => {
  const { http } = await testApp(t)
  await http.post('/v1/queue/pause').expect(200)
  const { body: job } = await http.post('/v1/jobs').send(JOB).expect(201)
  const paused = { eta_seconds: null, eta_unknown: 'The queue "any" is paused' }
  assert.deepEqual((job as Job).queue, { position: 0, waiting_for: 'the queue "any" to be resumed', ...paused })
  await http.post('/v1/queue/resume').expect(200)
  assert.equal(
    ((await http.get(`/v1/jobs/${(job as Job).id}`)).body as Job).queue.waiting_for,
    'a worker: none is online',
  )
  const { body: dry } = await http.post('/v1/jobs?dry_run=true').send(JOB).expect(200)
  const missing = { eta_seconds: null, eta_unknown: 'No slot online has what it asks for' }
  assert.deepEqual((dry as Job).queue, { position: 1, waiting_for: 'a worker: none is online', ...missing })
})

test('a dry run says that nobody has the labels that a job asks for, and stores nothing', async (t) => {
  const service = await testApp(t)
  const { body } = await service.http
    .post('/v1/jobs?dry_run=true')
    .send({ ...JOB, ...POOL })
    .expect(200)
  const waiting_for = 'a GPU worker labelled pool=a100: none is online'
  const missing = { eta_seconds: null, eta_unknown: 'No slot online has what it asks for' }
  assert.deepEqual((body as Job).queue, { position: 0, waiting_for, ...missing })
  await assertNothingStored(service)
})

test('the jobs of a sweep ask for the labels of its template, or for those that are tried', async (t) => {
  const { http, store } = await testApp(t)
  const sweep = {
    template: { ...JOB, ...POOL },
    space: { 'training.seed': { values: [1, 2] }, '/resources/labels/site': { values: ['oslo', 'bergen'] } },
  }
  const { body } = await http.post('/v1/sweeps').send(sweep).expect(201)
  const { data } = (await http.get(`/v1/jobs?sweep=${(body as Sweep).id}`)).body as Page<Job>
  const sites = data.map(({ spec }) => spec.resources.labels['site'] ?? '')
  assert.deepEqual(
    sites.toSorted((a, b) => a.localeCompare(b)),
    ['bergen', 'bergen', 'oslo', 'oslo'],
  )
  for (const { spec, queue } of data) {
    const { site = '' } = spec.resources.labels
    assert.deepEqual(spec.resources.labels, { pool: 'a100', site })
    assert.equal(queue.waiting_for, `a GPU worker labelled pool=a100,site=${site}: none is online`)
  }
  assert.equal((await store.queue.state()).lines.length, 5)
})
