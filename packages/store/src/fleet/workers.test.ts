import type { Worker } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAST, createJob, eventually, testStore } from '../testing/fixtures.ts'

const worker: Worker = {
  id: 'wrk_1',
  object: 'worker',
  host: 'here',
  pid: 1,
  engine: 'tfjs',
  device: 'wasm',
  engine_reason: 'Engine "wasm" was asked for',
  engine_fallback: false,
  vector_lanes: null,
  accelerator: 'cpu',
  labels: {},
  memory_bytes: 2 ** 30,
  gpus: [],
  slots: [{ job: null }],
  status: 'online',
  started_at: '2026-01-01T00:00:00.000Z',
  last_seen_at: '2026-01-01T00:00:00.000Z',
  versions: { unroll: '0.1.0' },
}

test('workers.list() holds each worker as it last said of itself, until it is removed', async (t) => {
  const { store } = await testStore(t, { clock: () => Date.UTC(2026, 0, 2) })
  await store.workers.heartbeat(worker)
  await store.workers.heartbeat({ ...worker, id: 'wrk_0', status: 'draining' })
  await store.workers.heartbeat({ ...worker, slots: [{ job: 'job_x' }] })
  const last_seen_at = '2026-01-02T00:00:00.000Z'
  assert.deepEqual(await store.workers.list(), [
    { ...worker, id: 'wrk_0', status: 'draining', last_seen_at },
    { ...worker, slots: [{ job: 'job_x' }], last_seen_at },
  ])
  await store.workers.remove('wrk_0')
  assert.deepEqual(
    (await store.workers.list()).map(({ id }) => id),
    ['wrk_1'],
  )
})

test('workers.list() calls a silent worker lost, and forgets it within the hour', async (t) => {
  const { store, redis, prefix, url } = await testStore(t)
  const hasty = await testStore(t, { url, prefix, timing: { ...FAST, workerLostMs: 100 } })
  await store.workers.heartbeat(worker)
  await eventually(async () => (await hasty.store.workers.list())[0]?.status === 'lost')
  const key = `{${prefix}}:worker:wrk_1`
  assert.ok((await redis.pttl(key)) <= 3_600_000)
  await redis.pexpire(key, 1)
  await eventually(async () => (await store.workers.list()).length === 0)
  await store.workers.heartbeat(worker)
  assert.equal((await store.workers.list())[0]?.status, 'online')
})

test('jobs.get() says whether a queued job waits for a worker or for a slot', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const { id } = await createJob(store)
  await store.workers.heartbeat({ ...worker, status: 'draining' })
  assert.equal((await store.jobs.get(id)).queue.waiting_for, 'a worker: none is online')
  await store.workers.heartbeat(worker)
  assert.equal((await store.jobs.get(id)).queue.waiting_for, 'a free slot of a worker')
})
