import { Redis } from 'ioredis'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDisk } from './disk.ts'
import { atEnd, createJob, eventually, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

test('settle() of many callers takes two rounds at most, and resolves for each', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const redis = new Redis(server.url)
  const disk = createDisk(redis, 'mark')
  atEnd(t, () => disk.close())
  await Promise.all(Array.from({ length: 50 }, () => disk.settle()))
  const reader = new Redis(server.url)
  atEnd(t, () => reader.disconnect())
  assert.equal(await reader.get('mark'), '2')
})

test('jobs.create() has made a job that is there, and in the queue, when the server was killed right after', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store } = await testStore(t, { url: server.url, waitForDisk: true })
  const { id } = await createJob(store)
  await server.stop('SIGKILL')
  await server.start()
  await eventually(async () => (await store.health()).ready)
  await store.queue.reconcile()
  const taken: string[] = []
  const consumer = store.queue.consume(
    async (jobId) => {
      taken.push(jobId)
      await store.jobs.cancel(jobId) // else it is queued still, and delivered again
      return 'done'
    },
    { slots: 1 },
  )
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  await eventually(() => taken.length > 0)
  assert.deepEqual(taken, [id])
})

test('jobs.create() resolves on a server without an append-only file, where there is nothing to wait for', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store, redis } = await testStore(t, { url: server.url, waitForDisk: true })
  await redis.config('SET', 'appendonly', 'no')
  assert.equal((await createJob(store)).status, 'queued')
})
