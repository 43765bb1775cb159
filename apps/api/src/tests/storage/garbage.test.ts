import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Garbage, type Dataset, type Job, type Usage, type Weights } from '@unroll/contract'
import { encodeSafetensors } from '@unroll/formats'
import { JOB, assertMatches, testApp, type TestApp, type TestAppOptions } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'
import { saved, trained, withCheckpoint } from '../../testing/runs.ts'

/** To the second, as file systems are not exact to the millisecond. */
const OLD = new Date(Math.floor(Date.now() / 1_000 - 2 * 3_600) * 1_000)

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** A service, and a function that makes everything that it keeps as old as two hours. */
async function aged(t: TestContext, options: TestAppOptions = {}): Promise<TestApp & { age: () => void }> {
  const service = await testApp(t, options)
  const age = () => {
    for (const entry of readdirSync(service.folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), OLD, OLD)
  }
  return { ...service, age }
}

async function collect({ http }: TestApp, query = ''): Promise<Garbage> {
  const { body } = await http.post(`/v1/gc${query}`).expect(200)
  assertMatches(Garbage, body)
  return body as Garbage
}

const keysOf = ({ orphans }: Garbage) => orphans.items.map(({ key }) => key).toSorted()

test('POST /v1/gc deletes what no record refers to once it is old enough, and nothing else; with dry_run it only says so', async (t) => {
  const service = await aged(t)
  const { http, artifacts, files, store, age } = service
  const upload = http.post('/v1/datasets').set('content-type', 'text/plain').send('abc')
  const { id: dataset } = (await upload).body as Dataset
  const running = await run(service)
  const over = await run(service)
  await over.append([{ step: 1, series: { loss: 1 } }])
  const checkpoint = await saved(service, { job: over.id, epoch: over.epoch, step: 1 })
  await over.end()
  const kept = files().length
  const live = [
    `jobs/${running.id}/checkpoints/1/ckpt_live/state.safetensors`,
    `jobs/${running.id}/metrics/scalars/1-1.1-9.arrow`,
  ]
  const unknown = `jobs/${over.id}/plans/of_a_newer_release`
  const orphans = [
    'datasets/ds_gone',
    `jobs/${over.id}/checkpoints/1/ckpt_unregistered/state.safetensors`,
    `jobs/${over.id}/metrics/pyramids/1-1.1`,
    `jobs/${over.id}/metrics/scalars/1-1.1-9.arrow`,
    `jobs/${running.id}/checkpoints/0/ckpt_before/state.safetensors`,
    `jobs/${running.id}/metrics/flow/0-0.1-9.arrow`,
    'jobs/job_gone/checkpoints/1/ckpt_1/manifest.json',
    'tried/wrk_gone',
  ]
  for (const key of [...live, unknown, ...orphans]) await artifacts.put(key, bytesOf('0123456789'))
  assert.deepEqual(keysOf(await collect(service)), [], 'all of it may belong to what is being written')
  age()
  const trial = await collect(service, '?dry_run=true')
  assert.deepEqual(keysOf(trial), orphans.toSorted())
  assert.deepEqual(
    [trial.dry_run, trial.orphans.count, trial.orphans.bytes],
    [true, orphans.length, 10 * orphans.length],
  )
  assert.equal(trial.orphans.items[0]?.written_at, OLD.toISOString())
  assert.equal(files().length, kept + live.length + 1 + orphans.length, 'nothing was deleted')

  assert.deepEqual(keysOf(await collect(service)), orphans.toSorted())
  assert.deepEqual(keysOf(await collect(service)), [])
  assert.equal(files().length, kept + live.length + 1)
  assert.equal((await store.checkpoints.get(over.id, checkpoint.id)).id, checkpoint.id)
  await http.get(`/v1/jobs/${over.id}/checkpoints/${checkpoint.id}/content`).expect(200)
  await http.get(`/v1/datasets/${dataset}`).expect(200)
  const { text } = await http.get('/metrics')
  assert.match(text, new RegExp(`^unroll_deleted_bytes_total\\{why="orphan"\\} ${10 * orphans.length}$`, 'm'))
})

test('POST /v1/gc leaves registered models, uploaded weights and what jobs start from, and deletes copies that none of them has', async (t) => {
  const service = await aged(t)
  const { http, artifacts, files, age } = service
  const { job } = await withCheckpoint(service)
  await http.post('/v1/models').send({ name: 'abra', job }).expect(201)
  const file = encodeSafetensors({ 'readout.bo': { shape: [1], data: Float32Array.of(2) } })
  const uploaded = await http.post('/v1/weights').type('application/octet-stream').send(Buffer.from(file)).expect(201)
  const { id: weights } = uploaded.body as Weights
  const started = await http
    .post('/v1/jobs')
    .send({ ...JOB, init_from: { weights, strict: false } })
    .expect(201)
  const kept = files().length
  const orphans = [
    'jobs/job_gone/initial_weights',
    'models/mdl_gone/checkpoints/0/ckpt_1/state.safetensors',
    'weights/wts_gone',
  ]
  for (const key of orphans) await artifacts.put(key, bytesOf('0123456789'))
  age()
  assert.deepEqual(keysOf(await collect(service)), orphans)
  assert.equal(files().length, kept)
  const { artifacts: use } = (await http.get('/v1/usage').expect(200)).body as Usage
  assert.deepEqual([use.models.count, use.weights.count], [4, 2])
  await http.delete('/v1/models/abra').expect(204)
  await http.delete(`/v1/weights/${weights}`).expect(204)
  assert.equal(files().length, kept - 5, 'the job keeps its copy')
  assert.ok(await artifacts.head(`jobs/${(started.body as Job).id}/initial_weights`))
})

test('POST /v1/gc leaves segments and pyramids that rows are in, of jobs that train and that have ended', async (t) => {
  const service = await aged(t)
  const { artifacts, store, age } = service
  const jobs = [await run(service), await run(service)]
  const names: string[] = []
  for (const { id, epoch, append, end } of jobs) {
    await append([
      { step: 1, series: { loss: 1 } },
      { step: 2, series: { loss: 1 } },
    ])
    const segment = `jobs/${id}/metrics/scalars/1-1.1-2.arrow`
    const pyramid = { name: `jobs/${id}/metrics/pyramids/1-1.2`, epoch: 1, seq: 2, step: 2 }
    for (const key of [segment, pyramid.name]) await artifacts.put(key, bytesOf('x'))
    names.push(segment, pyramid.name)
    const head = { epoch: 1, firstSeq: 1, lastSeq: 2, firstStep: 1, lastStep: 2, rows: 2 }
    assert.equal(await store.metrics.archive(id, epoch, { kind: 'scalars', head, segment, pyramid }), 'archived')
    if (id === jobs[0]?.id) await end()
  }
  age()
  assert.deepEqual(keysOf(await collect(service)), [])
  for (const name of names) assert.notEqual(await artifacts.head(name), undefined, name)
})

test('POST /v1/gc deletes no more than 1,000 artifacts at a time, and says that there are others', async (t) => {
  const service = await aged(t)
  mkdirSync(join(service.folder, 'tried'))
  for (let at = 0; at < 1_001; at++) writeFileSync(join(service.folder, 'tried', `left_${at}`), 'x')
  service.age()
  const trial = await collect(service, '?dry_run=true')
  assert.deepEqual([trial.orphans.count, trial.orphans.items.length, trial.has_more], [1_001, 1_000, false])
  const [first, second] = [await collect(service), await collect(service)]
  assert.deepEqual([first.orphans.count, first.has_more], [1_000, true])
  assert.deepEqual([second.orphans.count, second.has_more], [1, false])
})

test('POST /v1/gc deletes jobs beyond the retention, where there is one, and lists them with their bytes', async (t) => {
  const service = await aged(t, { retentionMs: 0 })
  const { http, store } = service
  const [old, kept] = [await run(service), await run(service)]
  await http.patch(`/v1/jobs/${kept.id}`).send({ keep: true })
  for (const { id, epoch, end } of [old, kept]) {
    await saved(service, { job: id, epoch, step: 1 })
    await end()
  }
  const trial = await collect(service, '?dry_run=true')
  assert.deepEqual([trial.retention_days, trial.jobs.count, trial.jobs.items.map(({ id }) => id)], [0, 1, [old.id]])
  assert.ok(trial.jobs.bytes > 100)
  assert.equal((await store.jobs.list()).data.length, 2)
  const { jobs } = await collect(service)
  assert.deepEqual(jobs, trial.jobs)
  assert.deepEqual(
    (await store.jobs.list()).data.map(({ id }) => id),
    [kept.id],
  )
  assert.equal((await collect(service)).jobs.count, 0)
})

test('POST /v1/gc without a retention deletes no job', async (t) => {
  const service = await aged(t)
  const { id } = await run(service)
  await service.store.jobs.cancel(id)
  const other = (await service.http.post('/v1/jobs').send({ model: { cell: 'rnn' }, data: { task: 'adding' } }))
    .body as { id: string }
  await trained(service, other.id, 1)
  service.age()
  const { jobs, retention_days } = await collect(service)
  assert.deepEqual([jobs.count, retention_days], [0, null])
  assert.equal((await service.store.jobs.list()).data.length, 2)
})
