import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openArtifacts } from '@unroll/artifacts'
import { Segments } from '@unroll/history'
import type { Dataset, Job, Sweep } from '@unroll/contract'
import { openStore } from '@unroll/store'
import { NO_TRACING, Registry } from '@unroll/telemetry'
import supertest from 'supertest'
import { buildApp } from '../../app.ts'
import { expireJobs, expireSweeps } from '../../jobs/retention.ts'
import { advance } from '../../sweeps/advance.ts'
import { JOB, assertNothingStored, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { collected } from '../../testing/collected.ts'
import { startRedis } from '../../testing/redis.ts'
import { run } from '../../testing/run.ts'
import { saved, trained } from '../../testing/runs.ts'
import { HALVING } from '../../testing/sweeps.ts'
import { eventually } from '../../testing/streamed.ts'

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url))
const HOUR_MS = 3_600_000

const made = async ({ http }: TestApp, spec: object = JOB) => ((await http.post('/v1/jobs').send(spec)).body as Job).id
const expired = async ({ app }: TestApp, forMs: number) => (await collected(expireJobs(app, forMs))).map(({ id }) => id)

test('jobs that ended long enough ago are deleted with all that they left, the first to end first; others stay', async (t) => {
  const service = await testApp(t)
  const { http, store, files } = service
  const running = await run(service)
  const [first, second, kept] = [await made(service), await made(service), await made(service)]
  for (const id of [second, first, kept]) await trained(service, id, 1)
  assert.equal(((await http.patch(`/v1/jobs/${kept}`).send({ keep: true })).body as Job).kept, true)
  assert.deepEqual(await expired(service, HOUR_MS), [])
  assert.deepEqual(await expired(service, 0), [second, first])
  assert.deepEqual(
    (await store.jobs.list()).data.map(({ id }) => id),
    [kept, running.id],
  )
  for (const id of [first, second]) assertProblem(await http.get(`/v1/jobs/${id}`), 'JOB_NOT_FOUND')
  assert.equal(files().length, 3, 'the checkpoint of the job that is kept')
  const { text } = await http.get('/metrics')
  assert.match(text, /^unroll_deleted_jobs_total\{why="age"\} 2$/m)
  assert.match(text, /^unroll_deleted_bytes_total\{why="age"\} [1-9]\d+$/m)

  assert.equal(((await http.patch(`/v1/jobs/${kept}`).send({ keep: false })).body as Job).kept, false)
  await store.jobs.move(running.id, running.epoch, 'failed', { reason: 'engine_error' })
  assert.deepEqual(await expired(service, 0), [kept, running.id])
  await assertNothingStored(service)
  assert.deepEqual(readdirSync(service.folder), [], 'not even a folder')
})

test('a data set stays as long as a job that uses it is kept, also one that is kept after its end', async (t) => {
  const service = await testApp(t)
  const { http, store } = service
  const upload = http.post('/v1/datasets').set('content-type', 'text/plain').send('abc '.repeat(100))
  const { id } = (await upload).body as Dataset
  const spec = { model: { cell: 'rnn' }, data: { dataset: id }, sequence_length: 10, training: { batch_size: 2 } }
  const jobs = [await made(service, spec), await made(service, spec)]
  const [early = '', late = ''] = jobs
  await http.patch(`/v1/jobs/${early}`).send({ keep: true })
  for (const job of jobs) await http.post(`/v1/jobs/${job}/cancel`)
  await http.patch(`/v1/jobs/${late}`).send({ keep: true })
  for (const [at, job] of jobs.entries()) {
    assertProblem(await http.delete(`/v1/datasets/${id}`), 'DATASET_IN_USE')
    if (at === 0) await http.patch(`/v1/jobs/${job}`).send({ keep: false })
    else await http.delete(`/v1/jobs/${job}`).expect(204)
  }
  await http.delete(`/v1/datasets/${id}`).expect(204)
  assert.deepEqual(
    (await store.jobs.list()).data.map((job) => job.id),
    [early],
  )
})

test('the jobs of a sweep that has not ended stay, as later rungs go by them; then they go, and the sweep after them', async (t) => {
  const service = await testApp(t)
  const { http, store } = service
  const { id, runs } = (await http.post('/v1/sweeps').send(HALVING).expect(201)).body as Sweep
  for (const { job } of runs) await trained(service, job, 1)
  assert.deepEqual(await expired(service, 0), [])
  for (let left = 10; (await store.sweeps.get(id)).finished_at === null; left--) {
    assert.ok(left > 0)
    await advance(service, id)
    for (const { job, status } of (await store.sweeps.get(id)).runs)
      if (status === 'queued') await trained(service, job, 1)
  }
  const all = (await store.sweeps.get(id)).runs.map(({ job }) => job)
  const [keep = '', ...rest] = all
  await http.patch(`/v1/jobs/${keep}`).send({ keep: true })
  assert.deepEqual((await expired(service, 0)).toSorted(), rest.toSorted())
  assert.deepEqual(await expireSweeps(store, 0), [])
  await http.get(`/v1/sweeps/${id}`).expect(200)
  await http.patch(`/v1/jobs/${keep}`).send({ keep: false })
  assert.deepEqual(await expired(service, 0), [keep])
  assert.deepEqual(await expireSweeps(store, HOUR_MS), [])
  assert.deepEqual(await expireSweeps(store, 0), [id])
  assertProblem(await http.get(`/v1/sweeps/${id}`), 'SWEEP_NOT_FOUND')
  await assertNothingStored(service)
})

test('a job whose deletion has begun can no longer be kept, and the deletion is finished by whoever comes next', async (t) => {
  const service = await testApp(t)
  const { http, store } = service
  const id = await made(service)
  await trained(service, id, 1)
  assert.equal(await store.ended.expire(id, 0, { isTrial: true }), 'expired')
  await http.patch(`/v1/jobs/${id}`).send({ name: 'not begun yet' }).expect(200)
  assert.equal(await store.ended.expire(id, 0), 'expired')
  assertProblem(await http.patch(`/v1/jobs/${id}`).send({ keep: true }), 'JOB_NOT_FOUND')
  const both = await Promise.all([expired(service, HOUR_MS), expired(service, 0), expired(service, 0)])
  assert.deepEqual(new Set(both.flat()), new Set([id]))
  await assertNothingStored(service)
})

/** Runs the API until it ends, or `holds`; answers how it ended. */
async function api(env: NodeJS.ProcessEnv, holds?: () => Promise<boolean>): Promise<NodeJS.Signals | number | null> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: 'ignore',
  })
  const end = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  if (holds !== undefined) {
    await eventually('the API has done its part', async () => child.exitCode !== null || (await holds()))
    child.kill('SIGTERM')
  }
  const [code, signal] = await end
  return signal ?? code
}

/** A store and artifacts as a process of the API has them, with a job that has ended. */
async function place(t: TestContext) {
  const redis = await startRedis()
  const folder = mkdtempSync(join(tmpdir(), 'unroll-retention-'))
  const artifacts = openArtifacts(`file:${join(folder, 'artifacts')}`)
  const segments = new Segments(artifacts)
  const store = await openStore({ url: redis.url, segments, waitForDisk: false })
  const registry = new Registry()
  const app = buildApp({ store, artifacts, segments, maxDatasetBytes: 1, registry, tracing: NO_TRACING })
  t.after(async () => {
    await app.close()
    await store.close()
    await redis.stop()
    rmSync(folder, { recursive: true })
  })
  await app.ready()
  const files = () =>
    readdirSync(join(folder, 'artifacts'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'place')
      .map(({ name }) => name)
  const service: TestApp = { app, store, artifacts, http: supertest.agent(app.server), folder, files }
  const job = await run(service)
  await saved(service, { job: job.id, epoch: job.epoch, step: 5 })
  await job.end()
  const env = { REDIS_URL: redis.url, UNROLL_DATA_DIR: folder, UNROLL_RETENTION_DAYS: '1e-9' }
  return { service, id: job.id, env, log: join(folder, 'faults.log') }
}

test('an API that is killed in the middle of a deletion by age has it finished by the next one', async (t) => {
  const { service, id, env, log } = await place(t)
  assert.equal(service.files().length, 3)
  const points = { 'job.deleting': { action: 'kill', times: 1, every: 2 } }
  assert.equal(await api({ ...env, UNROLL_FAULTS: JSON.stringify({ log, points }) }), 'SIGKILL')
  assert.equal(readFileSync(log, 'utf8'), 'job.deleting kill\n')
  assert.equal(service.files().length, 1, 'two of its artifacts are gone')
  assert.equal((await service.store.jobs.get(id)).id, id, 'its record is there, so that it is found again')
  const isGone = async () => (await service.store.jobs.list()).data.length === 0
  assert.equal(await api(env, isGone), 0)
  await assertNothingStored(service)
})
