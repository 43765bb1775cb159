import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { checkpointFiles, deleteCheckpoint, writeCheckpoint } from '@unroll/artifacts'
import { UnrollClient } from '@unroll/client'
import { Checkpoint, pageSchema, newId, type Job } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

/** Of a simple recurrent network of two units on the task of adding. */
const TENSORS = {
  'layers.0.Wx': { shape: [2, 2], data: Float32Array.of(0.5, -0.25, 1, 0.125) },
  'layers.0.Wh': { shape: [2, 2], data: Float32Array.of(0, 1, -1, 0) },
  'layers.0.b': { shape: [2], data: Float32Array.of(0.5, 0) },
  'readout.Wo': { shape: [2, 1], data: Float32Array.of(2, -1) },
  'readout.bo': { shape: [1], data: Float32Array.of(0.25) },
}

const POLICY = { every_steps: 1, keep_latest: 100, keep_best: 0, keep_spaced: 0, best_by: 'evaluation_loss' as const }

/** A job that a worker holds, with a checkpoint at each of `steps`, newest first. */
async function jobWith({ app, store, http }: TestApp, steps: readonly number[], body: object = JOB) {
  const { id: job } = (await http.post('/v1/jobs').send(body).expect(201)).body as Job
  const claim = await store.jobs.claim(job, 'wrk_1')
  assert.ok('epoch' in claim)
  const { epoch } = claim
  const saved: Checkpoint[] = []
  for (const step of steps) {
    const now = Date.now()
    const id = newId(
      'checkpoint',
      now,
      Uint8Array.from({ length: 16 }, (_, index) => index + step),
    )
    const about = { id, job, epoch, step, created_at: new Date(now).toISOString() }
    const tensors = { ...TENSORS, a: { shape: [1], data: Float32Array.of(step) } }
    const files = checkpointFiles({ tensors, position: {} })
    const engine = { name: 'tfjs', backend: 'wasm', versions: {} }
    const { bytes, sha256 } = await writeCheckpoint(app.artifacts, { ...about, engine }, files)
    const metrics = { loss: 0.5, evaluation_loss: 'Infinity' }
    const checkpoint: Checkpoint = { ...about, object: 'checkpoint', bytes, sha256, metrics }
    assert.notEqual(await store.checkpoints.register(checkpoint, POLICY), 'fenced')
    saved.unshift(checkpoint)
  }
  return { job, saved, newest: saved[0]! }
}

test('GET /v1/jobs/{id}/checkpoints lists the newest first, page by page, and gives each by its id', async (t) => {
  const service = await testApp(t)
  const { job, saved, newest } = await jobWith(service, [10, 20, 30])
  const { body } = await service.http.get(`/v1/jobs/${job}/checkpoints?limit=2`).expect(200)
  assertMatches(pageSchema(Checkpoint), body)
  const page = body as { data: Checkpoint[]; next: string }
  assert.deepEqual(page.data, saved.slice(0, 2))
  const rest = await service.http.get(`/v1/jobs/${job}/checkpoints?after=${page.next}`).expect(200)
  assert.deepEqual((rest.body as { data: Checkpoint[] }).data, saved.slice(2))
  assert.deepEqual((await service.http.get(`/v1/jobs/${job}/checkpoints/${newest.id}`).expect(200)).body, newest)
})

test('GET …/content streams the file under its digest', async (t) => {
  const service = await testApp(t)
  const { job, newest } = await jobWith(service, [10])
  const answer = await service.http.get(`/v1/jobs/${job}/checkpoints/${newest.id}/content`).expect(200)
  const body = answer.body as Buffer
  assert.equal(createHash('sha256').update(body).digest('hex'), newest.sha256)
  assert.equal(answer.headers['content-length'], String(newest.bytes))
  assert.equal(answer.headers['etag'], `"${newest.sha256}"`)
  const digest = createHash('sha256').update(body).digest('base64')
  assert.equal(answer.headers['repr-digest'], `sha-256=:${digest}:`)
  assert.match(String(answer.headers['content-disposition']), new RegExp(`${job}-step-10.safetensors`))
})

test('GET …/content?format= has the network in a format of other tools, under its own digest', async (t) => {
  const service = await testApp(t)
  const body = { model: { cell: 'rnn', hidden_size: 2, activation: 'sigmoid' }, data: { task: 'adding' } }
  const { job, newest } = await jobWith(service, [10], body)
  const path = `/v1/jobs/${job}/checkpoints/${newest.id}/content`
  const state = await service.http.get(`${path}?format=state`).expect(200)
  assert.equal(state.headers['etag'], `"${newest.sha256}"`)
  const answer = await service.http.get(`${path}?format=onnx`).expect(200)
  const file = answer.body as Buffer
  assert.match(String(answer.headers['content-disposition']), new RegExp(`${job}-step-10-onnx.onnx`))
  assert.equal(answer.headers['etag'], `"${createHash('sha256').update(file).digest('hex')}"`)
  assert.ok(file.includes('unroll.proof') && file.includes(newest.sha256))
  const refused = assertProblem(await service.http.get(`${path}?format=pytorch`).expect(422), 'FORMAT_UNSUITABLE')
  assert.match(refused.detail, /nn.RNN has tanh and relu, and not sigmoid: "onnx" .*can/)
})

test('a checkpoint whose tensors are not those of the network is damaged', async (t) => {
  const service = await testApp(t)
  const body = { model: { cell: 'lstm', hidden_size: 2 }, data: { task: 'adding' } }
  const { job, newest } = await jobWith(service, [10], body)
  const answer = await service.http.get(`/v1/jobs/${job}/checkpoints/${newest.id}/content?format=onnx`).expect(422)
  assertProblem(answer, 'CHECKPOINT_DAMAGED')
})

test('UnrollClient lists checkpoints and reads the tensors of one', async (t) => {
  const service = await testApp(t)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { jobs } = new UnrollClient({ baseUrl })
  const { job, saved, newest } = await jobWith(service, [10, 20, 30])
  const withNumbers = ({ metrics, ...others }: Checkpoint) => ({
    ...others,
    metrics: Object.fromEntries(Object.entries(metrics).map(([series, value]) => [series, Number(value)])),
  })
  const all: object[] = []
  for await (const checkpoint of jobs.eachCheckpoint(job, { limit: 1 })) all.push(checkpoint)
  assert.deepEqual(all, saved.map(withNumbers))
  assert.deepEqual(await jobs.checkpoint(job, newest.id), withNumbers(newest))
  const hash = createHash('sha256')
  for await (const chunk of await jobs.checkpointContent(job, newest.id)) hash.update(chunk)
  assert.equal(hash.digest('hex'), newest.sha256)
})

test('checkpoints that are not there, or no longer, are problems of their own', async (t) => {
  const service = await testApp(t)
  const { http } = service
  const { job, newest } = await jobWith(service, [10])
  const absent = `ckpt_${'0'.repeat(20)}`
  for (const [path, status, code] of [
    [`/v1/jobs/job_${'0'.repeat(20)}/checkpoints`, 404, 'JOB_NOT_FOUND'],
    [`/v1/jobs/job_${'0'.repeat(20)}/checkpoints/${absent}`, 404, 'JOB_NOT_FOUND'],
    [`/v1/jobs/${job}/checkpoints/${absent}`, 404, 'CHECKPOINT_NOT_FOUND'],
    [`/v1/jobs/${job}/checkpoints/${absent}/content`, 404, 'CHECKPOINT_NOT_FOUND'],
    [`/v1/jobs/${job}/checkpoints/../x`, 404, 'ROUTE_NOT_FOUND'],
    [`/v1/jobs/${job}/checkpoints/nonsense`, 400, 'INVALID_REQUEST'],
    [`/v1/jobs/${job}/checkpoints?after=nonsense`, 400, 'INVALID_REQUEST'],
    [`/v1/jobs/${job}/checkpoints/${newest.id}/content?format=pickle`, 400, 'INVALID_REQUEST'],
  ] as const) {
    assertProblem(await http.get(path).expect(status), code)
  }
  await deleteCheckpoint(service.app.artifacts, newest)
  assertProblem(await http.get(`/v1/jobs/${job}/checkpoints/${newest.id}/content`).expect(404), 'CHECKPOINT_NOT_FOUND')
})
