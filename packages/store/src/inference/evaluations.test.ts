import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evaluation } from '@unroll/contract'
import { atEnd, createJob, eventually, runningJob, testStore } from '../testing/fixtures.ts'
import type { RequestHandler } from './requests.ts'

const WANTED = { dataset: 'ds_0123456789abcdefghij', checkpoint: 'ckpt_0123456789abcdefghij', step: 3 }

const END = { status: 'failed', finished_at: '2026-11-28T21:00:00.000Z', error: { code: 'x', message: 'y' } } as const

test('evaluations.create() makes one for a key, and refuses the key with another request', async (t) => {
  const { store } = await testStore(t)
  const { id: job } = await createJob(store)
  const key = { key: 'k', fingerprint: 'f' }
  const { request: evaluation, replayed } = await store.evaluations.create({ job, ...WANTED }, key)
  assert.equal(replayed, false)
  const again = await store.evaluations.create({ job, ...WANTED }, key)
  assert.deepEqual(again, { request: evaluation, replayed: true })
  const other = store.evaluations.create({ job, ...WANTED }, { key: 'k', fingerprint: 'g' })
  await assert.rejects(other, { code: 'IDEMPOTENCY_KEY_REUSED' })
  const none = store.evaluations.create({ job: 'job_0123456789abcdefghij', ...WANTED })
  await assert.rejects(none, { code: 'JOB_NOT_FOUND' })
  assert.deepEqual(await store.evaluations.list(job), [evaluation])
})

test('evaluations keep the newest 100 of a job, and go with it', async (t) => {
  const { store } = await testStore(t)
  const { id: job, epoch } = await runningJob(store)
  const { request: first } = await store.evaluations.create({ job, ...WANTED })
  for (let n = 0; n < 100; n++) await store.evaluations.create({ job, ...WANTED })
  await assert.rejects(store.evaluations.get(job, first.id), { code: 'EVALUATION_NOT_FOUND' })
  assert.equal((await store.evaluations.list(job)).length, 100)
  await store.jobs.move(job, epoch, 'succeeded')
  await store.jobs.delete(job)
  assert.deepEqual(await store.evaluations.list(job), [])
})

test('evaluations.update() believes the first end alone', async (t) => {
  const { store } = await testStore(t)
  const { id: job } = await createJob(store)
  const { request: evaluation } = await store.evaluations.create({ job, ...WANTED })
  assert.equal(await store.evaluations.update({ ...evaluation, status: 'running' }), true)
  assert.equal(await store.evaluations.update({ ...evaluation, ...END }), true)
  assert.equal(await store.evaluations.update({ ...evaluation, status: 'running' }), false)
  assert.equal((await store.evaluations.get(job, evaluation.id)).status, 'failed')
})

test('evaluations.answer() delivers again what was returned, and what a crash has kept out of the queue', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id: job } = await createJob(store)
  const { request: evaluation } = await store.evaluations.create({ job, ...WANTED })
  const keys = await redis.keys(`{${prefix}}:evaluations:*`)
  assert.ok(keys.length > 0)
  await redis.del(keys) // as before the crash, but for the record
  const deliveries: number[] = []
  const end = async (found: Evaluation) => {
    await store.evaluations.update({ ...found, ...END })
    return 'done' as const
  }
  const handler: RequestHandler = async (request, _signal, delivery) => {
    deliveries.push(delivery)
    return delivery < 2 ? 'return' : end(await store.evaluations.get(request.job, request.id))
  }
  const watch = store.queue.watch()
  const answering = store.evaluations.answer(handler)
  atEnd(t, () => watch.close())
  atEnd(t, () => answering.close({ timeoutMs: 1_000 }))
  const ended = async () => (await store.evaluations.get(job, evaluation.id)).finished_at !== null
  await eventually(ended)
  assert.deepEqual(deliveries, [1, 2])
})
