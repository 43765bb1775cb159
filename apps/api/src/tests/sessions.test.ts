import assert from 'node:assert/strict'
import { test } from 'node:test'
import { once, weightsKey } from '@unroll/artifacts'
import { ForwardBackward, Session, SessionDetail, type ErrorCode, type Fault } from '@unroll/contract'
import { encodeColumns } from '@unroll/datasets'
import { readLimitPolicy } from '../limits/policy.ts'
import { assertMatches, assertNothingStored, assertProblem, testApp } from '../testing/app.ts'
import { until } from '../testing/receiver.ts'
import { PROBLEM, SPEC, STEP, answerNext } from '../testing/sessions.ts'

const ARROW = 'application/vnd.apache.arrow.stream'
/** Specifications at fault, by the place of the fault. */
const BAD_SPECS: Record<string, object> = {
  '/problem': { problem: undefined },
  '/problem/inputs': { problem: { ...PROBLEM, inputs: 'text' } },
  '/problem/output_size': { problem: { ...PROBLEM, output_size: 0 } },
  '/model/embedding_size': { model: { cell: 'lstm', embedding_size: 3 } },
  '/model/dropout': { model: { cell: 'lstm', dropout: 0.5 } },
  '/clipping/threshold': { clipping: { policy: 'norm', threshold: -1 } },
  '/optimizer/learning_rate': { optimizer: { type: 'sgd', learning_rate: 0 } },
  '/training/gradient_accumulation': { training: { batch_size: 3, gradient_accumulation: 2 } },
  '/training/evaluate_every': { training: { evaluate_every: 1 } },
  '/resources/max_memory_bytes': {
    model: { cell: 'lstm', hidden_size: 4096 },
    resources: { max_memory_bytes: 2 ** 20 },
  },
  '/data': { data: { task: 'adding' } },
}

/** Batches at fault, by the place of the first fault. */
const BAD_BATCHES: Record<string, object> = {
  '/inputs': { inputs: [[STEP], [STEP], [STEP]], targets: [[0], [0], [0]] },
  '/targets': { inputs: [[STEP]], targets: [[0], [1]] },
  '/inputs/0': { inputs: [Array.from({ length: 6 }, () => STEP)], targets: [[0]] },
  '/inputs/1': { inputs: [[STEP], 7], targets: [[0], [1]] },
  '/inputs/0/0': { inputs: [[[1]]], targets: [[0]] },
  '/inputs/0/0/1': { inputs: [[[1, 1e39]]], targets: [[0]] },
  '/targets/0': { inputs: [[STEP, STEP]], targets: [[0]] },
  '/targets/0/0': { inputs: [[STEP]], targets: [[3]] },
  '/targets/0/1': { inputs: [[STEP, STEP]], targets: [[null, 0.5]] },
}

test('POST /v1/sessions names every field at fault, and makes nothing', async (t) => {
  const service = await testApp(t)
  for (const [pointer, more] of Object.entries(BAD_SPECS)) {
    const problem = assertProblem(
      await service.http.post('/v1/sessions').send({ ...SPEC, ...more }),
      'INVALID_SPECIFICATION',
    )
    assert.deepEqual(
      problem.errors?.map((fault: Fault) => fault.pointer),
      [pointer],
    )
  }
  await assertNothingStored(service)
  assert.deepEqual((await service.store.sessions.list()).data, [])
  t.diagnostic(`${Object.keys(BAD_SPECS).length} specifications`)
})

test('a batch that the session cannot read is refused by its place before it is on record', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send(SPEC).expect(201)).body as Session
  for (const [pointer, batch] of Object.entries(BAD_BATCHES)) {
    const problem = assertProblem(
      await http.post(`/v1/sessions/${id}/forward_backward`).send(batch),
      'INPUT_UNSUITABLE',
    )
    assert.equal(problem.errors?.[0]?.pointer, pointer)
  }
  assert.deepEqual(await store.sessionLeases.listDue(), [])
  t.diagnostic(`${Object.keys(BAD_BATCHES).length} batches`)
})

test('a session is made, listed, asked and deleted', async (t) => {
  const { http, store, artifacts } = await testApp(t)
  const made = await http
    .post('/v1/sessions')
    .send({ ...SPEC, name: 'mine' })
    .expect(201)
  const session = made.body as Session
  assertMatches(Session, session)
  assert.deepEqual([session.name, session.status, session.step], ['mine', 'asleep', 0])
  assert.equal(made.headers['location'], `/v1/sessions/${session.id}`)
  const untouched = { ...session, updates: [], batch: null, saved: [] }
  assert.deepEqual((await http.get(`/v1/sessions/${session.id}`).expect(200)).body, untouched)
  assert.deepEqual((await http.get('/v1/sessions').expect(200)).body.data, [session])

  const ask = (path: string, body: object = {}) => http.post(`/v1/sessions/${session.id}/${path}`).send(body)
  const fields = {
    loss: 'NaN',
    grad_norm: 'Infinity',
    parameter_norms: {},
    targets: 1,
    accumulated: { batches: 1, targets: 1, loss: 'NaN', grad_norm: 'Infinity' },
    flow: [{ log10_norm: ['-Infinity'] }],
  }
  const gradient = ask('forward_backward', { inputs: [[STEP, STEP]], targets: [[null, 2]] })
  const [answered] = await Promise.all([gradient, answerNext(store, session.id, { type: 'answered', fields })])
  assert.equal(answered.status, 200)
  assertMatches(ForwardBackward, answered.body)
  assert.deepEqual(answered.body, { object: 'forward_backward', session: session.id, ...fields })

  const refusal = { type: 'refused', code: 'NO_GRADIENT', message: 'Cannot update' } as const
  const [refused] = await Promise.all([ask('optim_step'), answerNext(store, session.id, refusal)])
  assertProblem(refused, 'NO_GRADIENT')

  const weights = 'wts_0123456789abcdefghij'
  const created_at = '2026-01-02T03:04:05.000Z'
  const tensors = [{ name: 'readout.bo', shape: [3] }]
  const file = { weights, step: 0, bytes: 8, sha256: 'f'.repeat(64), tensors, created_at }
  await artifacts.put(weightsKey(weights), once(Buffer.alloc(8)))
  const [saved] = await Promise.all([ask('save'), answerNext(store, session.id, { type: 'answered', fields: file })])
  assert.equal(saved.status, 201)
  const { id, name } = saved.body as { id: string; name: string }
  assert.equal(name, 'mine, step 0')
  assert.equal((await http.get(`/v1/weights/${id}`).expect(200)).body.sha256, file.sha256)
  assert.equal(await store.stored.read('default'), 8)

  const detail = (await http.get(`/v1/sessions/${session.id}`).expect(200)).body as SessionDetail
  assertMatches(SessionDetail, detail)
  assert.deepEqual(detail.batch, answered.body)
  const told = { weights: id, name, step: 0, bytes: 8, created_at }
  assert.deepEqual([detail.updates, detail.saved], [[], [told]])

  await http.delete(`/v1/sessions/${session.id}`).expect(204)
  assertProblem(await http.get(`/v1/sessions/${session.id}`), 'SESSION_NOT_FOUND')
  assertProblem(await ask('optim_step'), 'SESSION_NOT_FOUND')
  await http.get(`/v1/weights/${id}`).expect(200)
})

test('the audit log has that a session was made and which commands were refused, not those that it took', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send(SPEC).expect(201)).body as Session
  const ask = () => http.post(`/v1/sessions/${id}/optim_step`).send({})
  await Promise.all([ask().expect(200), answerNext(store, id, { type: 'answered', fields: {} })])
  const refusal = { type: 'refused', code: 'NO_GRADIENT', message: 'Cannot update' } as const
  await Promise.all([ask().expect(409), answerNext(store, id, refusal)])
  const records = await until('the audit log has both', async () => {
    const { data } = await store.audit.list()
    return data.length === 2 ? data : undefined
  })
  assert.deepEqual(
    records.map(({ route, status, subject }) => [route, status, subject]),
    [
      ['/v1/sessions/:id/optim_step', 409, id],
      ['/v1/sessions', 201, null],
    ],
  )
})

const SYMBOLS = { inputs: 'symbols', input_size: 4, readout: 'softmax', output_size: 3, mode: 'many_to_many' }
const ROWS = {
  inputs: [
    [3, 1],
    [0, 2],
  ],
  targets: [
    [2, 0],
    [1, 1],
  ],
}

test('a table in Arrow is the batch that its rows are in JSON', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send({ ...SPEC, problem: SYMBOLS })).body as Session
  const path = `/v1/sessions/${id}/forward_backward`
  const answer = { type: 'answered', fields: { loss: 1 } } as const
  const post = (body: Buffer) => http.post(`${path}?state=carried&flow=false`).type(ARROW).send(body)
  const table = encodeColumns([
    { name: 'targets', type: 'numbers', values: ROWS.targets },
    { name: 'inputs', type: 'float32s', values: ROWS.inputs },
  ])
  const [, ofTable] = await Promise.all([post(table), answerNext(store, id, answer)])
  const inJson = http.post(path).send({ ...ROWS, state: 'carried', flow: false })
  const [, ofJson] = await Promise.all([inJson, answerNext(store, id, answer)])
  assert.deepEqual(ofTable, ofJson)
  assert.equal(ofTable.type, 'forward_backward')
})

/** Tables that are no batch, with the place of the fault. */
const BAD_TABLES: Record<string, [table: Buffer, code: ErrorCode, pointer: string, detail: RegExp]> = {
  'no table': [Buffer.from('no table'), 'INVALID_REQUEST', '', /in Arrow IPC/],
  'another column': [
    encodeColumns([{ name: 'x', type: 'numbers', values: [[1]] }]),
    'INVALID_REQUEST',
    '',
    /columns inputs and targets: it has x$/,
  ],
  'more values than fit into memory as rows': [
    encodeColumns([{ name: 'inputs', type: 'float32s', values: [new Float32Array(2 ** 21 + 1)] }]),
    'INVALID_REQUEST',
    '',
    /more than 2097152 values/,
  ],
  'a symbol that is none': [
    encodeColumns([
      { name: 'inputs', type: 'numbers', values: [[4]] },
      { name: 'targets', type: 'numbers', values: [[0]] },
    ]),
    'INPUT_UNSUITABLE',
    '/inputs/0/0',
    /from 0 to 3/,
  ],
}

test('a table that is no batch of the session is refused before it is on record', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send({ ...SPEC, problem: SYMBOLS })).body as Session
  for (const [name, [table, code, pointer, detail]] of Object.entries(BAD_TABLES)) {
    const refused = await http.post(`/v1/sessions/${id}/forward_backward`).type(ARROW).send(table)
    const [fault] = assertProblem(refused, code).errors ?? []
    assert.equal(fault?.pointer, pointer, name)
    assert.match(fault.detail, detail)
  }
  assert.deepEqual(await store.sessionLeases.listDue(), [])
  t.diagnostic(`${Object.keys(BAD_TABLES).length} tables`)
})

test('an owner has as many sessions as the limit allows', async (t) => {
  const { http } = await testApp(t, { limitPolicy: readLimitPolicy('sessions=1') })
  await http.post('/v1/sessions').send(SPEC).expect(201)
  assertProblem(await http.post('/v1/sessions').send(SPEC), 'QUOTA_EXCEEDED')
  const { limits } = (await http.get('/v1/limits').expect(200)).body as { limits: { name: string; used: number }[] }
  assert.equal(limits.find(({ name }) => name === 'sessions')?.used, 1)
})
