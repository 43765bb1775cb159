import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Usage, type Dataset } from '@unroll/contract'
import { archiveEnded } from '../../jobs/keeper.ts'
import { StorageRoom } from '../../storage/room.ts'
import { assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'
import { saved } from '../../testing/runs.ts'

const TFJS = { engine: 'tfjs', device: 'wasm' }

async function usageOf({ http }: TestApp, query = ''): Promise<Usage> {
  const { body } = await http.get(`/v1/usage${query}`).expect(200)
  assertMatches(Usage, body)
  return body as Usage
}

test('GET /v1/usage of a service that was not used says so', async (t) => {
  const service = await testApp(t)
  const { jobs, redis, artifacts, training } = await usageOf(service)
  assert.equal(
    Object.values(jobs).reduce((sum, count) => sum + count),
    0,
  )
  assert.deepEqual(redis.rows, { jobs: 0, bytes: 0 })
  const none = { count: 0, bytes: 0 }
  assert.deepEqual(
    { ...artifacts, as_of: '' },
    {
      as_of: '',
      checkpoints: none,
      models: none,
      weights: none,
      archived_rows: none,
      datasets: none,
      sessions: none,
      other: none,
    },
  )
  assert.deepEqual([training.since, training.days], [null, []])
  const days = (Date.parse(training.to) - Date.parse(training.from)) / 86_400_000
  assert.equal(days, 29)
})

test('GET /v1/usage adds up rows in Redis, archived rows, checkpoints and data sets, and what was trained', async (t) => {
  const service = await testApp(t)
  const { http, store, app, artifacts } = service
  const since = Date.now()
  await (http.post('/v1/datasets').set('content-type', 'text/plain').send('abc') as Promise<{ body: Dataset }>)
  const job = await run(service, { metadata: { project: 'speech' } })
  await job.append([{ step: 1, series: { loss: 1 } }])
  const { bytes } = await saved(service, { job: job.id, epoch: job.epoch, step: 1 })
  for (const step of [3, 7]) await store.jobs.heartbeat(job.id, job.epoch, { step, engine: TFJS })
  const { jobs, redis, artifacts: kept, training } = await usageOf(service)
  assert.equal(jobs.running, 1)
  assert.equal(redis.rows.jobs, 1)
  const { frames } = await store.metrics.line(job.id, 'scalars')
  assert.equal(
    redis.rows.bytes,
    frames.reduce((sum, { length }) => sum + length, 0),
  )
  assert.ok(redis.memory_bytes > 100_000)
  assert.deepEqual(kept.datasets, { count: 1, bytes: 3 })
  assert.equal(kept.checkpoints.count, 3)
  assert.ok(kept.checkpoints.bytes > bytes)
  assert.deepEqual(kept.archived_rows, { count: 0, bytes: 0 })
  const [day, ...others] = training.days
  assert.deepEqual(others, [])
  assert.ok(day !== undefined && day.seconds >= 0 && day.seconds <= (Date.now() - since) / 1_000)
  assert.deepEqual({ ...day, date: '', seconds: 0 }, { date: '', ...TFJS, project: 'speech', seconds: 0, steps: 7 })
  for (const { as_of: asOf } of [redis, kept, training])
    assert.ok(Date.parse(asOf) >= since && Date.parse(asOf) <= Date.now())

  await job.end()
  await archiveEnded(service, 0, { log: app.log })
  assert.deepEqual((await usageOf(service)).redis, redis, 'as of when it says')
  const anew = await new StorageRoom({ store, artifacts }).read()
  assert.deepEqual(anew.redis.rows, { jobs: 0, bytes: 0 })
  assert.equal(anew.artifacts.archived_rows.count, 1)
  await http.delete(`/v1/jobs/${job.id}`).expect(204)
  assert.deepEqual((await usageOf(service)).training.days, training.days, 'what was trained stays')
})

test('GET /v1/usage gives the days asked for, and refuses a range that ends before it begins', async (t) => {
  const service = await testApp(t)
  const job = await run(service)
  await service.store.jobs.heartbeat(job.id, job.epoch, { step: 3, engine: TFJS })
  const [today] = (await usageOf(service)).training.days
  assert.ok(today !== undefined)
  assert.deepEqual((await usageOf(service, `?from=${today.date}&to=${today.date}`)).training.days, [today])
  assert.deepEqual((await usageOf(service, '?from=2020-01-01&to=2020-01-31')).training.days, [])
  assertProblem(await service.http.get('/v1/usage?from=2026-02-01&to=2026-01-31'), 'INVALID_REQUEST')
  assertProblem(await service.http.get('/v1/usage?from=yesterday'), 'INVALID_REQUEST')
})

test('StorageRoom.read() looks once for all who ask within a minute, then anew, and again after a failure', async (t) => {
  const { store, artifacts } = await testApp(t)
  let now = 0
  const looks = t.mock.method(store.usage, 'redis')
  const room = new StorageRoom({ store, artifacts }, () => now)
  await Promise.all([room.read(), room.read()])
  now = 59_999
  await room.read()
  assert.equal(looks.mock.callCount(), 1)
  now = 60_000
  looks.mock.mockImplementationOnce(() => Promise.reject(new Error('away')))
  await assert.rejects(room.read(), /away/)
  await room.read()
  assert.equal(looks.mock.callCount(), 3)
})
