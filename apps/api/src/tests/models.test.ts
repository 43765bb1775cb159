import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Prediction, RegisteredModel } from '@unroll/contract'
import { encodeColumns } from '@unroll/datasets'
import type { TakenPrediction } from '@unroll/store'
import { assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { withCheckpoint } from '../testing/runs.ts'

test('a registered model has versions and aliases, answers by name, and stays when its job is deleted', async (t) => {
  const service = await testApp(t)
  const { http, store, app } = service
  const { job, checkpoint } = await withCheckpoint(service)
  const register = (more: object) => http.post('/v1/models').send({ name: 'abra', job, ...more })
  const first = (await register({ aliases: ['production', 'best'] }).expect(201)).body as RegisteredModel
  assertMatches(RegisteredModel, first)
  const second = (
    await register({ checkpoint: 'latest', aliases: ['best'] })
      .expect(201)
      .expect('location', '/v1/models/abra')
  ).body as RegisteredModel
  assert.deepEqual(second.aliases, { production: 1, best: 2 })
  assert.deepEqual(
    second.versions.map(({ version, job: of, checkpoint: from, step }) => [version, of, from, step]),
    [
      [2, job, checkpoint, 3],
      [1, job, checkpoint, 3],
    ],
  )

  const { epoch } = await store.metrics.head(job)
  await store.jobs.move(job, epoch, 'succeeded', { result: {} })
  await http.delete(`/v1/jobs/${job}`).expect(204)
  const taken: TakenPrediction[] = []
  const worker = store.predictions.answer(async (prediction) => {
    taken.push(prediction)
    await store.predictions.append(prediction.id, { type: 'symbols', symbols: ['r'] })
    await store.predictions.append(prediction.id, { type: 'end' })
    return 'done'
  })
  t.after(() => worker.close({ timeoutMs: 1_000 }))
  const ask = (version: string) => http.post(`/v1/models/abra/predictions${version}`).send({ prompt: 'ab' })
  for (const [query, version] of [
    ['', 1],
    ['?version=2', 2],
    ['?version=best', 2],
  ] as const) {
    const { body } = await ask(query).expect(200)
    assertMatches(Prediction, body)
    assert.deepEqual(body, { object: 'prediction', job, version, checkpoint, step: 3, text: 'r' })
  }
  const table = await http
    .post('/v1/models/abra/predictions?version=best&steps=true')
    .type('application/vnd.apache.arrow.stream')
    .send(encodeColumns([{ name: 'text', type: 'text', values: ['ab', 'r'] }]))
    .expect(200)
  assert.equal((table.body as Prediction).version, 2)
  const asked = taken[3]!
  assert.ok('request' in asked)
  const { inputs, steps } = asked.request
  assert.deepEqual([inputs, steps, asked.request.checkpoint], [['ab', 'r'], true, checkpoint])
  assert.equal(taken.length, 4)
  for (const { checkpoint: copy } of taken) assert.match(copy.job, /^mdl_/)
  assertProblem(await ask('?version=7'), 'MODEL_NOT_FOUND')
  assertProblem(await ask('?version=absent'), 'MODEL_NOT_FOUND')
  assertProblem(await http.post('/v1/models/abra/predictions').send({ prompt: 'xyz' }), 'INPUT_UNSUITABLE')

  const state = await http.get('/v1/models/abra/content?version=2').responseType('blob').expect(200)
  assert.equal(
    createHash('sha256')
      .update(state.body as Buffer)
      .digest('hex'),
    first.versions[0]!.sha256,
  )
  assert.match(state.headers['content-disposition'] as string, /filename="abra-version-2\.safetensors"/)
  const card = await http.get('/v1/models/abra/card?version=best').expect(200)
  assert.equal(card.headers['content-type'], 'text/markdown; charset=utf-8')
  for (const said of [job, checkpoint, 'of a vocabulary of 5', 'data:image/svg+xml;base64,'])
    assert.ok(card.text.includes(said))
  assertProblem(await http.get('/v1/models/abra/content?format=onnx'), 'CHECKPOINT_DAMAGED') // it has no weights
  for (const file of ['content', 'card'])
    assertProblem(await http.get(`/v1/models/abra/${file}?version=9`), 'MODEL_NOT_FOUND')

  const copies = async () => {
    const keys: string[] = []
    for await (const { key } of app.artifacts.list('models')) keys.push(key)
    return keys.length
  }
  assert.equal(await copies(), 8, 'state, position, manifest and card of each')
  const { body: unaliased } = await http
    .patch('/v1/models/abra')
    .send({ aliases: { best: null, stable: 1 } })
    .expect(200)
  assert.deepEqual((unaliased as RegisteredModel).aliases, { production: 1, stable: 1 })
  assertProblem(await http.patch('/v1/models/abra').send({ aliases: { best: 9 } }), 'MODEL_NOT_FOUND')
  await http.delete('/v1/models/abra?version=2').expect(204)
  assert.equal(await copies(), 4)
  const { body: page } = await http.get('/v1/models').expect(200)
  assert.deepEqual(
    (page as { data: RegisteredModel[] }).data.map(({ name, versions }) => [name, versions.length]),
    [['abra', 1]],
  )
  await http.delete('/v1/models/abra').expect(204)
  assert.equal(await copies(), 0)
  assertProblem(await http.get('/v1/models/abra'), 'MODEL_NOT_FOUND')
  assertProblem(await http.delete('/v1/models/abra'), 'MODEL_NOT_FOUND')
})

test('POST /v1/models refuses what is no name, alias or checkpoint, and of many at once gives each a version', async (t) => {
  const service = await testApp(t)
  const { http } = service
  const { job } = await withCheckpoint(service)
  const nothing = '0'.repeat(20)
  const refusals: [body: object, code: string, pointer?: string][] = [
    [{ job }, 'INVALID_REQUEST', '/name'],
    [{ name: '../x', job }, 'INVALID_REQUEST', '/name'],
    [{ name: 'a', job, aliases: ['3'] }, 'INVALID_REQUEST', '/aliases/0'],
    [{ name: 'a', job: `job_${nothing}` }, 'JOB_NOT_FOUND'],
    [{ name: 'a', job, checkpoint: `ckpt_${nothing}` }, 'CHECKPOINT_NOT_FOUND'],
  ]
  for (const [body, code, pointer] of refusals) {
    const answered = await http.post('/v1/models').send(body)
    assertProblem(answered, code)
    if (pointer !== undefined)
      assert.deepEqual(
        (answered.body as { errors: { pointer: string }[] }).errors.map((fault) => fault.pointer),
        [pointer],
      )
  }
  assertProblem(await http.get('/v1/models/a'), 'MODEL_NOT_FOUND')
  const made = await Promise.all(
    Array.from({ length: 8 }, () => http.post('/v1/models').send({ name: 'a', job }).expect(201)),
  )
  const numbers = made.map(({ body }) => (body as RegisteredModel).versions[0]!.version)
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  await http.delete('/v1/models/a?version=8').expect(204)
  const { body } = await http.post('/v1/models').send({ name: 'a', job }).expect(201)
  assert.equal((body as RegisteredModel).versions[0]!.version, 9)
})
