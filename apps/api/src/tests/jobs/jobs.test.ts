import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CELLS,
  Estimate,
  Job,
  JobEvent,
  JobSpecSchema,
  Worker,
  pageSchema,
  type CellChoice,
  type CellName,
  type Page,
  type SequenceDataset,
} from '@unroll/contract'
import { JOB, assertMatches, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { sampleWorker } from '../../testing/worker.ts'

test('POST /v1/jobs answers 201 with the job, its defaults filled in, and queues it', async (t) => {
  const { http, store } = await testApp(t)
  const { status, headers, body } = await http
    .post('/v1/jobs')
    .send({ ...JOB, name: 'first', metadata: { team: 'vision' } })
  const job = body as Job
  assert.equal(status, 201)
  assert.equal(headers['location'], `/v1/jobs/${job.id}`)
  assertMatches(Job, job)
  assert.equal(job.name, 'first')
  assert.equal(job.status, 'queued')
  assert.equal(job.spec.model.hidden_size, 64)
  assert.equal((await store.jobs.count()).queued, 1)
  const read = await http.get(`/v1/jobs/${job.id}`)
  assert.equal(read.status, 200)
  assertMatches(Job, read.body)
})

test('POST /v1/jobs?dry_run=true answers specification and estimate and stores nothing', async (t) => {
  const service = await testApp(t)
  const { status, body } = await service.http.post('/v1/jobs?dry_run=true').send(JOB)
  const dryRun = body as { object: string; spec: unknown; estimate: { parameters: number } }
  assert.equal(status, 200)
  assert.equal(dryRun.object, 'dry_run')
  assertMatches(JobSpecSchema, dryRun.spec)
  assertMatches(Estimate, dryRun.estimate)
  assert.equal(dryRun.estimate.parameters, 64 * (2 + 64 + 1) + 65) // Wx [H,2], Wh [H,H], b [H]; read-out [1,H] and bias
  await assertNothingStored(service)
})

test('POST /v1/jobs with an Idempotency-Key makes one job, however often it is sent', async (t) => {
  const { http, store } = await testApp(t)
  const send = () => http.post('/v1/jobs').set('idempotency-key', 'once').send(JOB)
  const [first, again] = [await send(), await send()]
  assert.equal(again.status, 201)
  assert.equal((again.body as Job).id, (first.body as Job).id)
  assert.equal(first.headers['idempotent-replayed'], undefined)
  assert.equal(again.headers['idempotent-replayed'], 'true')
  assert.equal((await store.jobs.list()).data.length, 1)
})

test('POST /v1/jobs refuses an Idempotency-Key that was used with another body', async (t) => {
  const { http, store } = await testApp(t)
  await http.post('/v1/jobs').set('idempotency-key', 'once').send(JOB)
  const other = await http
    .post('/v1/jobs')
    .set('idempotency-key', 'once')
    .send({ ...JOB, sequence_length: 50 })
  assertProblem(other, 'IDEMPOTENCY_KEY_REUSED')
  assert.equal((await store.jobs.list()).data.length, 1)
})

test('GET /v1/jobs gives pages, newest first, and filters', async (t) => {
  const { http } = await testApp(t)
  const ids: string[] = []
  for (const cell of ['rnn', 'lstm', 'rnn']) {
    const { body } = await http.post('/v1/jobs').send({ ...JOB, model: { cell }, metadata: { cell } })
    ids.unshift((body as Job).id)
  }
  const list = async (query: string) => {
    const { status, body } = await http.get(`/v1/jobs${query}`)
    assert.equal(status, 200, JSON.stringify(body))
    assertMatches(pageSchema(Job), body)
    return body as Page<Job>
  }
  const idsOf = ({ data }: Page<Job>) => data.map(({ id }) => id)
  assert.deepEqual(idsOf(await list('')), ids)
  const first = await list('?limit=2')
  assert.equal(first.has_more, true)
  assert.deepEqual([...idsOf(first), ...idsOf(await list(`?limit=2&after=${first.next}`))], ids)
  assert.deepEqual(idsOf(await list('?cell=lstm')), [ids[1]])
  assert.deepEqual(idsOf(await list('?metadata[cell]=rnn')), [ids[0], ids[2]])
  assert.deepEqual(idsOf(await list('?status=running')), [])
})

test('GET /v1/jobs?dataset= gives the jobs on a data set, and a field tells what it is called in the upload', async (t) => {
  const { http } = await testApp(t)
  const post = (path: string, type: string, body: string) => http.post(path).set('content-type', type).send(body)
  const lines = Array.from({ length: 20 }, (_, n) => `{"x":[1,2,${n}],"y":"${n % 2}"}`).join('\n')
  const uploaded = await post('/v1/datasets', 'application/jsonl', lines)
  const { id, fields } = uploaded.body as SequenceDataset
  assert.deepEqual(
    fields.map(({ name, source }) => [name, source]),
    [
      ['inputs', 'x'],
      ['label', 'y'],
    ],
  )
  const job = { model: { cell: 'rnn' }, data: { dataset: id, validation_fraction: 0.2 } }
  const made = await http.post('/v1/jobs').send(job).expect(201)
  await http
    .post('/v1/jobs')
    .send({ model: { cell: 'rnn' }, data: { task: 'adding' } })
    .expect(201)
  const listed = async (dataset: string) => {
    const { body } = await http.get(`/v1/jobs?dataset=${dataset}`).expect(200)
    return (body as Page<Job>).data.map((each) => each.id)
  }
  assert.deepEqual(await listed(id), [(made.body as Job).id])
  assert.deepEqual(await listed('ds_00000000000000000000'), [])
})

test('POST /v1/jobs/{id}/cancel cancels a queued job, answers the same again, and refuses a job that has ended', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB)).body as Job
  for (const attempt of [1, 2]) {
    const { status, body } = await http.post(`/v1/jobs/${id}/cancel`)
    assert.equal(status, 202, `attempt ${attempt}`)
    assertMatches(Job, body)
    assert.equal((body as Job).status, 'cancelled')
  }
  const ended = (await http.post('/v1/jobs').send(JOB)).body as Job
  const claim = await store.jobs.claim(ended.id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  for (const to of ['running', 'succeeded'] as const) await store.jobs.move(ended.id, claim.epoch, to)
  assertProblem(await http.post(`/v1/jobs/${ended.id}/cancel`), 'JOB_ENDED')
})

test('GET /v1/jobs/{id}/events gives what happened, oldest first, page by page', async (t) => {
  const { http } = await testApp(t)
  const { id } = (await http.post('/v1/jobs').send(JOB)).body as Job
  await http.post(`/v1/jobs/${id}/cancel`)
  const { body } = await http.get(`/v1/jobs/${id}/events`)
  assertMatches(pageSchema(JobEvent), body)
  const events = (body as Page<JobEvent>).data
  assert.deepEqual(
    events.map(({ seq, code }) => [seq, code]),
    [
      [1, 'job_created'],
      [2, 'job_cancelled'],
    ],
  )
  const rest = (await http.get(`/v1/jobs/${id}/events?after=1&limit=1`)).body as Page<JobEvent>
  assert.deepEqual(rest.data, [events[1]])
})

const JOB_ID = 'job_00000000000000000000'
const ABSENT: [method: 'get' | 'post' | 'delete', path: string, code: string][] = [
  ['get', `/v1/jobs/${JOB_ID}`, 'JOB_NOT_FOUND'],
  ['post', `/v1/jobs/${JOB_ID}/cancel`, 'JOB_NOT_FOUND'],
  ['post', `/v1/jobs/${JOB_ID}/pause`, 'JOB_NOT_FOUND'],
  ['post', `/v1/jobs/${JOB_ID}/resume`, 'JOB_NOT_FOUND'],
  ['delete', `/v1/jobs/${JOB_ID}`, 'JOB_NOT_FOUND'],
  ['get', `/v1/jobs/${JOB_ID}/events`, 'JOB_NOT_FOUND'],
  ['get', `/v1/jobs/${JOB_ID}/metrics`, 'JOB_NOT_FOUND'],
  ['get', `/v1/jobs/${JOB_ID}/flow`, 'JOB_NOT_FOUND'],
  ['get', '/v1/datasets/ds_00000000000000000000', 'DATASET_NOT_FOUND'],
  ['delete', '/v1/datasets/ds_00000000000000000000', 'DATASET_NOT_FOUND'],
  ['post', '/v1/workers/wrk_00000000000000000000/drain', 'WORKER_NOT_FOUND'],
  ['post', '/v1/workers/wrk_00000000000000000000/undrain', 'WORKER_NOT_FOUND'],
  ['get', '/v1/nothing', 'ROUTE_NOT_FOUND'],
  ['post', '/v1/nothing', 'ROUTE_NOT_FOUND'],
  ['get', '/v1/jobs/%zz', 'INVALID_REQUEST'],
]
for (const [method, path, code] of ABSENT) {
  test(`${method.toUpperCase()} ${path} answers ${code}`, async (t) => {
    const { http } = await testApp(t)
    assertProblem(await http[method](path), code)
  })
}

const WRONG_METHODS: [method: 'put' | 'delete' | 'patch' | 'get' | 'post', path: string, allow: string][] = [
  ['put', '/v1/jobs', 'POST, GET, HEAD'],
  ['put', `/v1/jobs/${JOB_ID}`, 'GET, HEAD, PATCH, DELETE'],
  ['get', `/v1/jobs/${JOB_ID}/cancel`, 'POST'],
  ['patch', '/v1/datasets', 'POST, GET, HEAD'],
  ['post', '/livez', 'GET, HEAD'],
]
for (const [method, path, allow] of WRONG_METHODS) {
  test(`${method.toUpperCase()} ${path} answers METHOD_NOT_ALLOWED and which are`, async (t) => {
    const { http } = await testApp(t)
    const answer = await http[method](path)
    assertProblem(answer, 'METHOD_NOT_ALLOWED')
    assert.deepEqual(String(answer.headers['allow']).split(', ').toSorted(), allow.split(', ').toSorted())
  })
}

test('GET /v1/workers lists the workers that were heard of', async (t) => {
  const { http, store } = await testApp(t)
  const worker = sampleWorker()
  await store.workers.heartbeat(worker)
  const { body } = await http.get('/v1/workers')
  assertMatches(pageSchema(Worker), body)
  assert.deepEqual(
    (body as Page<Worker>).data.map(({ id }) => id),
    [worker.id],
  )
})

const CATALOGUES: [path: string, names: string[]][] = [
  ['/v1/cells', Object.keys(CELLS)],
  [
    '/v1/tasks',
    [
      'adding',
      'multiplication',
      'temporal_order',
      'copy',
      'selective_copy',
      'noise_free_lag',
      'delayed_echo',
      'parity',
      'timing',
      'counting',
      'reber',
      'agreement',
    ],
  ],
]
for (const [path, names] of CATALOGUES) {
  test(`GET ${path} lists what can be asked for, with its schema`, async (t) => {
    const { http } = await testApp(t)
    const { data } = (await http.get(path)).body as Page<{
      name: string
      description: string
      schema: { properties: object }
    }>
    assert.deepEqual(
      data.map(({ name }) => name),
      names,
    )
    for (const { description, schema } of data) assert.ok(description.length > 0 && 'properties' in schema)
  })
}

test('GET /v1/cells has the equations in LaTeX, the roles of the gates, the convention and the name in lectures', async (t) => {
  const { http } = await testApp(t)
  const { data } = (await http.get('/v1/cells')).body as Page<CellChoice>
  assert.equal(data.length, Object.keys(CELLS).length)
  for (const { name, lecture_name, convention, equations, gates, states } of data) {
    assert.deepEqual(Object.fromEntries(gates.map((gate) => [gate.name, gate.role])), CELLS[name as CellName].gates)
    assert.deepEqual(states, CELLS[name as CellName].states)
    assert.ok(lecture_name.length > 0 && convention.length > 0)
    for (const { latex } of equations)
      assert.ok(
        latex.some((line) => line.startsWith('h_t =')),
        name,
      )
  }
  const peephole = data.find(({ name }) => name === 'lstm_peephole')
  assert.deepEqual(
    peephole?.equations.map(({ options }) => options),
    [{ peephole: 'full' }, { peephole: 'diagonal' }],
  )
  assert.match(String(peephole?.equations[0]?.latex), /P_f c_\{t-1\}/)
})
