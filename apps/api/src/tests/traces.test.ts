import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace, type Job, type ProblemDetails, type TracedSequence } from '@unroll/contract'
import { decodeRows } from '@unroll/datasets'
import type { TakenPrediction } from '@unroll/store'
import { JOB, assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { claimed, saved, withCheckpoint } from '../testing/runs.ts'

const TRACED: TracedSequence = {
  length: 2,
  of: 'loss',
  loss: 0.5,
  inputs: ['a', 'b'],
  answers: [
    { class: 'b', probabilities: { a: 0.25, b: 0.75 } },
    { class: 'a', probabilities: { a: 0.5, b: 0.5 } },
  ],
  targets: [{ class: 'b' }, null],
  saliency: [0.125, 0],
  layers: [
    {
      name: 'layers.0',
      gates: { f: Float32Array.of(0.1, 0.2, 0.3, 0.4) },
      states: { h: Float32Array.of(1, -2, 3, NaN) },
      gradients: { h: Float32Array.of(1e-9, 0, -1e-20, Infinity) },
    },
  ],
}

async function withWorker(t: Parameters<typeof testApp>[0]) {
  const service = await testApp(t)
  const taken: TakenPrediction[] = []
  const worker = service.store.predictions.answer(async (prediction) => {
    taken.push(prediction)
    await service.store.predictions.append(prediction.id, { type: 'trace', trace: TRACED })
    await service.store.predictions.append(prediction.id, { type: 'end' })
    return 'done'
  })
  t.after(() => worker.close({ timeoutMs: 1_000 }))
  return { service, taken }
}

test('GET and POST /v1/jobs/{id}/trace give every number, as JSON and as a table with a row for each step', async (t) => {
  const { service, taken } = await withWorker(t)
  const { job, checkpoint } = await withCheckpoint(service)
  const { body } = await service.http.get(`/v1/jobs/${job}/trace`).query({ input: 'ab' }).expect(200)
  assertMatches(Trace, body)
  const { layers } = body as Trace
  assert.deepEqual(layers[0]?.gates, {
    f: [
      [0.1, 0.2],
      [0.3, 0.4],
    ].map((row) => row.map((value) => Number(Math.fround(value).toPrecision(9)))),
  })
  assert.deepEqual(layers[0]?.states['h'], [
    [1, -2],
    [3, 'NaN'],
  ])
  assert.deepEqual([body.job, body.checkpoint, body.step, body.loss], [job, checkpoint, 3, 0.5])
  const answered = await service.http
    .post(`/v1/jobs/${job}/trace`)
    .set('accept', 'application/vnd.apache.arrow.stream')
    .responseType('blob')
    .send({ sample: 1 })
    .expect(200)
  const [first, second] = decodeRows(answered.body as Buffer)
  assert.deepEqual(first, {
    t: 1,
    x: 'a',
    saliency: 0.125,
    'answer.class': 'b',
    'answer.probabilities': [0.25, 0.75],
    'target.class': 'b',
    'layers.0.gates.f': [0.1, 0.2].map(Math.fround),
    'layers.0.states.h': [1, -2],
    'layers.0.gradients.h': [Math.fround(1e-9), 0],
  })
  assert.deepEqual(second?.['layers.0.gradients.h'], [Math.fround(-1e-20), Infinity])
  assert.equal(second['target.class'], null)
  const asked = taken.map((prediction) => ('trace' in prediction ? prediction.trace : undefined))
  assert.deepEqual(asked, [
    { checkpoint: 'best', input: 'ab' },
    { checkpoint: 'best', sample: 1 },
  ])
  assert.ok('dataset' in taken[1]!, 'with what a sample is read from')
})

test('GET and POST /v1/jobs/{id}/trace refuse what cannot be traced, and ask nobody', async (t) => {
  const { service, taken } = await withWorker(t)
  const { job } = await withCheckpoint(service)
  const { id: onTask } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  await saved(service, { job: onTask, epoch: await claimed(service, onTask), step: 1 })
  const refusals: [job: string, body: object, code: string, pointer?: string, detail?: RegExp][] = [
    [job, { input: 'abx' }, 'INPUT_UNSUITABLE', '/input', /symbol 3 is "x"/],
    [job, { input: 'ab', sample: 1 }, 'INPUT_UNSUITABLE', '/sample'],
    [job, { input: 'ab', target: 'a' }, 'INPUT_UNSUITABLE', '/target', /each symbol is the target/],
    [job, { target: 'a' }, 'INPUT_UNSUITABLE', '/target', /a sample has its own/],
    [job, { sample: -1 }, 'INVALID_REQUEST', '/sample'],
    [job, { input: 'a'.repeat(2_049) }, 'INPUT_UNSUITABLE', '/input', /at most 2048 steps/],
    [onTask, { input: [[1]] }, 'INPUT_UNSUITABLE', '/input/0', /2 numbers/],
    [onTask, { input: [[1, 0]], target: [1, 2] }, 'INPUT_UNSUITABLE', '/target', /Must be a number/],
    [onTask, { input: [[1, 0]], checkpoint: `ckpt_${'0'.repeat(20)}` }, 'CHECKPOINT_NOT_FOUND'],
  ]
  for (const [id, body, code, pointer, detail] of refusals) {
    const answered = await service.http.post(`/v1/jobs/${id}/trace`).send(body)
    const problem: ProblemDetails = assertProblem(answered, code)
    if (pointer !== undefined) assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(problem))
    if (detail !== undefined) assert.match(problem.errors?.[0]?.detail ?? '', detail)
  }
  const noJson = await service.http.get(`/v1/jobs/${onTask}/trace`).query({ input: '[[1' })
  assert.match(assertProblem(noJson, 'INPUT_UNSUITABLE').errors?.[0]?.detail ?? '', /Must be JSON/)
  assertProblem(await service.http.get(`/v1/jobs/${job}/trace`).set('accept', 'text/csv'), 'NOT_ACCEPTABLE')
  assert.deepEqual(taken, [])
})
