import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atEnd, createJob, eventually, testStore } from '../testing/fixtures.ts'

test('reconcile() queues a job whose creation was cut off between record and queue', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id } = await createJob(store)
  await createJob(store)
  // What a crash at that point leaves: the record, and nothing of BullMQ.
  await redis.del(`{${prefix}}:jobs-any:${id}`)
  assert.equal(await redis.zrem(`{${prefix}}:jobs-any:prioritized`, id), 1)
  assert.deepEqual(await store.queue.reconcile(), { added: 1, interrupted: 0 })
  assert.deepEqual(await store.queue.reconcile(), { added: 0, interrupted: 0 })
  const taken = new Set<string>()
  const consumer = store.queue.consume(
    async (jobId) => {
      taken.add(jobId)
      await store.jobs.cancel(jobId)
      return 'done'
    },
    { slots: 1 },
  )
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  await eventually(() => taken.size === 2)
  assert.ok(taken.has(id))
})

test('reconcile() takes out of the queue what is not in line', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const made = [await createJob(store), await createJob(store), await createJob(store)] as const
  await store.jobs.cancel(made[0].id)
  await store.jobs.pause(made[1].id)
  // What a crash before the queue was told leaves.
  await redis.zadd(`{${prefix}}:jobs-any:prioritized`, 1, made[0].id, 2, made[1].id)
  await redis.rpush(`{${prefix}}:jobs-any:wait`, 'job_deleted')
  assert.equal((await store.queue.deliveries()).any.waiting, 4)
  await store.queue.reconcile()
  assert.equal((await store.queue.deliveries()).any.waiting, 1)
  assert.equal((await store.jobs.resume(made[1].id)).queue.position, 0, 'it is older')
  assert.equal((await store.queue.deliveries()).any.waiting, 2)
})

test('reconcile() takes a job from an attempt that the queue knows nothing of', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  await store.jobs.claim(id, 'wrk_1') // claimed past the queue: it has the job waiting
  assert.deepEqual(await store.queue.reconcile(), { added: 0, interrupted: 1 })
  assert.equal((await store.jobs.get(id)).status, 'queued')
  assert.equal((await store.jobs.heartbeat(id, 1, { step: 1 })).fenced, true)
})
