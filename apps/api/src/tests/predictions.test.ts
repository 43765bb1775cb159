import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Prediction, type Job, type PredictionRequest, type ProblemDetails } from '@unroll/contract'
import { decodeRows, encodeColumns } from '@unroll/datasets'
import type { AnswerPart, TakenPrediction } from '@unroll/store'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../testing/app.ts'
import { claimed, saved, withCheckpoint } from '../testing/runs.ts'

const SPOKEN: AnswerPart[] = [
  { type: 'works' },
  { type: 'symbols', symbols: ['a', 'b'] },
  { type: 'symbols', symbols: ['r'] },
]
const END: AnswerPart = { type: 'end' }

function requested(taken: TakenPrediction): PredictionRequest {
  assert.ok('request' in taken)
  return taken.request
}

/** A worker of the test's own, which answers every request by these parts. */
function answering(t: TestContext, { store }: TestApp, partsOf: (taken: TakenPrediction) => AnswerPart[]) {
  const taken: TakenPrediction[] = []
  const worker = store.predictions.answer(async (prediction) => {
    taken.push(prediction)
    for (const part of partsOf(prediction)) await store.predictions.append(prediction.id, part)
    return 'done'
  })
  t.after(() => worker.close({ timeoutMs: 1_000 }))
  return taken
}

test('POST /v1/jobs/{id}/predictions gives what a worker writes, whole or as it comes', async (t) => {
  const service = await testApp(t)
  const { job, checkpoint } = await withCheckpoint(service)
  const taken = answering(t, service, () => [...SPOKEN, END])
  const post = (accept: string) =>
    service.http.post(`/v1/jobs/${job}/predictions`).set('accept', accept).send({ prompt: 'ab', temperature: 0 })
  const { body } = await post('application/json').expect(200)
  assertMatches(Prediction, body)
  assert.deepEqual(body, { object: 'prediction', job, checkpoint, step: 3, text: 'abr' })
  const request = requested(taken[0]!)
  assert.deepEqual([request.prompt, request.temperature, request.length, request.seed], ['ab', 0, 200, 0])
  const events = await post('text/event-stream').expect(200).expect('content-type', 'text/event-stream')
  const end = JSON.stringify({ job, checkpoint, step: 3 })
  assert.equal(
    events.text,
    `event: text\ndata: {"text":"ab"}\n\nevent: text\ndata: {"text":"r"}\n\nevent: end\ndata: ${end}\n\n`,
  )
  const lines = await post('application/x-ndjson').responseType('blob').expect(200)
  const messages = String(lines.body)
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type)
  assert.deepEqual(messages, ['text', 'text', 'end'])
  assertProblem(await post('image/png'), 'NOT_ACCEPTABLE')
})

test('POST /v1/jobs/{id}/predictions refuses what the model cannot read, and asks nobody', async (t) => {
  const service = await testApp(t)
  const { job } = await withCheckpoint(service)
  const taken = answering(t, service, () => [END])
  const { id: onTask } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  await saved(service, { job: onTask, epoch: await claimed(service, onTask), step: 1 })
  const { id: fresh } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const nothing = '0'.repeat(20)
  const refusals: [job: string, body: object, code: string, pointer?: string, detail?: RegExp][] = [
    [job, {}, 'INPUT_UNSUITABLE', '/inputs', /either inputs or prompt/],
    [job, { prompt: 'a', inputs: ['a'] }, 'INPUT_UNSUITABLE', '/prompt'],
    [
      job,
      { prompt: 'abxé' },
      'INPUT_UNSUITABLE',
      '/prompt',
      /only the 5 symbols that the model knows: symbol 3 is "x"/,
    ],
    [job, { prompt: 'a', saliency: true }, 'INPUT_UNSUITABLE', '/saliency'],
    [job, { prompt: 'a', temperature: -1 }, 'INVALID_REQUEST', '/temperature'],
    [job, { prompt: 'a', top_k: 0 }, 'INVALID_REQUEST', '/top_k'],
    [job, { prompt: 'a', length: 1_000_001 }, 'INVALID_REQUEST', '/length', /1000000/],
    [job, { prompt: 'a'.repeat(1_000_001) }, 'INVALID_REQUEST', '/prompt'],
    [job, { inputs: [''] }, 'INPUT_UNSUITABLE', '/inputs/0', /text of 1 to 1000000 characters/],
    [job, { inputs: ['a'.repeat(2_049)], saliency: true }, 'INPUT_UNSUITABLE', '/inputs/0', /at most 2048 steps/],
    [job, { prompt: 'a', checkpoint: `ckpt_${nothing}` }, 'CHECKPOINT_NOT_FOUND'],
    [onTask, { prompt: 'a' }, 'INPUT_UNSUITABLE', '/prompt', /problem "regression", which writes nothing/],
    [
      onTask,
      { inputs: [[[1, 2], [3]]] },
      'INPUT_UNSUITABLE',
      '/inputs/0/1',
      /Must be 2 numbers: current value is \[3\]/,
    ],
    [onTask, { inputs: [[[1, null]]] }, 'INPUT_UNSUITABLE', '/inputs/0/0'],
    [onTask, { inputs: [{ x: [[1, 2]] }] }, 'INPUT_UNSUITABLE', '/inputs/0/x', /does not read it/],
    [onTask, { inputs: [[]] }, 'INPUT_UNSUITABLE', '/inputs/0', /at least one step/],
    [fresh, { inputs: [[[1, 2]]] }, 'CHECKPOINT_NOT_FOUND'],
    [`job_${nothing}`, { prompt: 'a' }, 'JOB_NOT_FOUND'],
  ]
  for (const [id, body, code, pointer, detail] of refusals) {
    const problem: ProblemDetails = assertProblem(
      await service.http.post(`/v1/jobs/${id}/predictions`).send(body),
      code,
    )
    if (pointer !== undefined) assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(problem))
    if (detail !== undefined) assert.match(problem.errors?.[0]?.detail ?? '', detail)
  }
  assert.deepEqual(taken, [])
})

test('a prediction that fails is a problem before its first part, and a message after it', async (t) => {
  const service = await testApp(t)
  const { job } = await withCheckpoint(service)
  const failed: AnswerPart = { type: 'failed', code: 'PREDICTION_FAILED', message: 'no memory' }
  answering(t, service, (prediction) => (requested(prediction).prompt === 'a' ? [failed] : [...SPOKEN, failed]))
  const post = (prompt: string) =>
    service.http.post(`/v1/jobs/${job}/predictions`).set('accept', 'text/event-stream').send({ prompt })
  assert.equal(assertProblem(await post('a'), 'PREDICTION_FAILED').detail, 'no memory')
  const { text } = await post('b').expect(200)
  assert.match(text, /"text":"ab"[^]*event: error\ndata: .*"code":"PREDICTION_FAILED"/)
})

test('a prediction that was delivered twice is answered once', async (t) => {
  const service = await testApp(t)
  const { job } = await withCheckpoint(service)
  answering(t, service, () => [
    { type: 'symbols', symbols: ['a', 'b'], from: 0 },
    { type: 'symbols', symbols: ['a'], from: 0 },
    { type: 'symbols', symbols: ['b', 'r', 'a'], from: 1 },
    { type: 'symbols', symbols: ['r'], from: 2 },
    { type: 'symbols', symbols: ['c'], from: 4 },
    END,
    { type: 'symbols', symbols: ['a'], from: 5 },
  ])
  const { body } = await service.http.post(`/v1/jobs/${job}/predictions`).send({ prompt: 'a' }).expect(200)
  assert.equal(body.text, 'abrac')
})

test('a prediction that no worker takes times out, and a worker that comes later does not see it', async (t) => {
  const service = await testApp(t, { timing: { predictionMs: 300 } })
  const { job } = await withCheckpoint(service)
  const problem = assertProblem(
    await service.http.post(`/v1/jobs/${job}/predictions`).send({ prompt: 'a' }),
    'PREDICTION_TIMEOUT',
  )
  assert.match(problem.detail, /No worker has answered within 0.3 s/)
  const taken = answering(t, service, () => [...SPOKEN, END])
  await service.http.post(`/v1/jobs/${job}/predictions`).send({ prompt: 'b' }).expect(200)
  assert.deepEqual(
    taken.map((prediction) => requested(prediction).prompt),
    ['b'],
  )
})

test('a client that leaves has its prediction withdrawn', async (t) => {
  const service = await testApp(t)
  const { job } = await withCheckpoint(service)
  await service.app.listen({ port: 0 })
  const { port } = service.app.server.address() as AddressInfo
  let withdrawn: (() => void) | undefined
  const isWithdrawn = new Promise<void>((resolve) => (withdrawn = resolve))
  const worker = service.store.predictions.answer(async ({ id, signal }) => {
    for (const part of SPOKEN) await service.store.predictions.append(id, part)
    await once(signal, 'abort')
    withdrawn?.()
    return 'done'
  })
  t.after(() => worker.close({ timeoutMs: 1_000 }))
  const leaving = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}/v1/jobs/${job}/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ prompt: 'a' }),
    signal: leaving.signal,
  })
  const reader = response.body!.getReader()
  await reader.read()
  leaving.abort()
  await reader.closed.catch(() => {}) // aborted
  await isWithdrawn
})

test('a thousand predictions may wait; the next is asked to come again', async (t) => {
  const service = await testApp(t)
  const { job, checkpoint } = await withCheckpoint(service)
  const { spec } = await service.store.jobs.get(job)
  const body = {
    spec,
    checkpoint: await service.store.checkpoints.get(job, checkpoint),
    request: {} as PredictionRequest,
  }
  for (let asked = 0; asked < 1_000; asked += 50)
    // all at once, a slow machine answers some after their time limit
    await Promise.all(Array.from({ length: 50 }, () => service.store.predictions.ask(body)))
  const answered = await service.http.post(`/v1/jobs/${job}/predictions`).send({ prompt: 'a' })
  assertProblem(answered, 'PREDICTIONS_FULL')
  assert.equal(answered.headers['retry-after'], '1')
})

test('POST /v1/jobs/{id}/predictions reads and answers tables in Arrow, a row for each sequence', async (t) => {
  const service = await testApp(t)
  const { job } = await withCheckpoint(service)
  const answer = { class: 'b', probabilities: { a: 0.25, b: 0.75 } }
  const taken = answering(t, service, () => [
    {
      type: 'predictions',
      predictions: [
        { length: 2, answer, nats: 0.5, saliency: [0.125, 'NaN'], gates: { '0.f': [0.5, 1] } },
        { length: 1, answer, nats: null, saliency: [1], gates: { '0.f': [0.25] } },
      ],
    },
    END,
  ])
  const post = (path: string, body: Buffer) =>
    service.http
      .post(`/v1/jobs/${job}/predictions${path}`)
      .type('application/vnd.apache.arrow.stream')
      .set('accept', 'application/vnd.apache.arrow.stream')
      .responseType('blob')
      .send(body)
  const texts = encodeColumns([{ name: 'text', type: 'text', values: ['ab', 'r'] }])
  const { body } = await post('?saliency=true&checkpoint=latest', texts).expect(200)
  const { inputs, saliency, gates, checkpoint } = requested(taken[0]!)
  assert.deepEqual([inputs, saliency, gates, checkpoint], [['ab', 'r'], true, false, 'latest'])
  const both = { 'answer.class': 'b', 'answer.probabilities': [0.25, 0.75] }
  assert.deepEqual(decodeRows(body as Buffer), [
    { length: 2, ...both, nats: [0.5], saliency: [0.125, null], 'gates.0.f': [0.5, 1] },
    { length: 1, ...both, nats: null, saliency: [1], 'gates.0.f': [0.25] },
  ])
  const lists = encodeColumns([{ name: 'x', type: 'numbers', values: [[1, 2]] }])
  const problem = await service.http
    .post(`/v1/jobs/${job}/predictions`)
    .type('application/vnd.apache.arrow.stream')
    .send(lists)
  assert.equal(assertProblem(problem, 'INPUT_UNSUITABLE').errors?.[0]?.pointer, '/inputs/0')
  const broken = await service.http
    .post(`/v1/jobs/${job}/predictions`)
    .type('application/vnd.apache.arrow.stream')
    .send(Buffer.from('no table'))
  assertProblem(broken, 'INVALID_REQUEST')
  assert.equal(taken.length, 1)
})
