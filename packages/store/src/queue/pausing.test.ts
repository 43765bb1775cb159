import { ACCELERATOR_CLASSES, type AcceleratorClass } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Store } from '../store.ts'
import { FAST, atEnd, createJob, eventually, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

const LONG_MS = 60_000
const ask = (accelerator: AcceleratorClass, more: object = {}) => ({ resources: { accelerator }, ...more })

/** What a worker on a GPU takes; it ends each job once `hold` has resolved. */
function takenBy(t: TestContext, store: Store, hold: (id: string) => Promise<unknown> = async () => {}): string[] {
  const taken: string[] = []
  const consumer = store.queue.consume(
    async (id) => {
      taken.push(id)
      await hold(id)
      await store.jobs.cancel(id)
      return 'done'
    },
    { slots: 2, accelerator: 'gpu' },
  )
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  return taken
}

test('queue.pause() has the jobs of a queue wait and say so, while those in hand and those of other queues go on', async (t) => {
  let finish = (): void => {}
  const { store } = await testStore(t)
  const running = await createJob(store, ask('gpu'))
  const held = new Promise<void>((resolve) => (finish = resolve))
  const taken = takenBy(t, store, (id) => (id === running.id ? held : Promise.resolve()))
  await eventually(() => taken.length === 1, LONG_MS)
  await store.queue.pause(['gpu'])
  const waiting = await createJob(store, ask('gpu', { priority: 1 }))
  const behind = await createJob(store, ask('any'))
  assert.equal(waiting.queue.waiting_for, 'the queue "gpu" to be resumed')
  await eventually(() => taken.length === 2, LONG_MS)
  assert.deepEqual(taken, [running.id, behind.id], 'that of the other queue, though it came later')
  finish()
  await eventually(async () => (await store.jobs.get(running.id)).status === 'cancelled', LONG_MS)
  assert.equal((await store.jobs.get(waiting.id)).status, 'queued')
  await store.queue.resume(['gpu'])
  await eventually(() => taken.length === 3, LONG_MS)
  assert.equal(taken[2], waiting.id)
})

test('queue.resume() has an idle worker take a job at once', async (t) => {
  const { store } = await testStore(t)
  const taken = takenBy(t, store)
  const waits: number[] = []
  for (let at = 1; at <= 10; at++) {
    await store.queue.pause(ACCELERATOR_CLASSES)
    await createJob(store)
    await store.queue.resume(ACCELERATOR_CLASSES)
    const since = performance.now()
    await eventually(() => taken.length === at, LONG_MS)
    waits.push(performance.now() - since)
  }
  t.diagnostic(`taken after ${waits.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  assert.ok(Math.min(...waits) < 500, 'by the nudge: looking by itself takes up to a second')
})

test('queue.state() says since when a queue is paused; pausing it again changes nothing', async (t) => {
  let now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  const pausedAt = async () => (await store.queue.state()).lines.map(({ paused_at: at }) => at)
  const first = new Date(now).toISOString()
  await store.queue.pause(['cpu'])
  now += 5_000
  await store.queue.pause(ACCELERATOR_CLASSES)
  const second = new Date(now).toISOString()
  assert.deepEqual(await pausedAt(), [second, first, second])
  await store.queue.resume(['cpu', 'gpu'])
  assert.deepEqual(await pausedAt(), [second, null, null])
})

test('positions count no job of another queue that is paused', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  for (let made = 0; made < 3; made++) await createJob(store, ask('gpu'))
  const any = await createJob(store)
  const gpu = await createJob(store, ask('gpu'))
  const positions = () => Promise.all([any, gpu].map(async ({ id }) => (await store.jobs.get(id)).queue.position))
  assert.deepEqual(await positions(), [3, 4])
  await store.queue.pause(['gpu'])
  assert.deepEqual(await positions(), [0, 4])
})

test('a worker that idles beside a paused queue takes that for no fault', async (t) => {
  const errors: string[] = []
  const onError = ({ message }: Error) => errors.push(message)
  const { store } = await testStore(t, { onError, timing: { ...FAST, backlogMs: 20 } })
  await store.queue.pause(ACCELERATOR_CLASSES)
  await createJob(store)
  const taken = takenBy(t, store)
  await eventually(async () => Number((await store.queue.state()).lines[0]?.oldest_wait_seconds) > 0.5, LONG_MS)
  assert.deepEqual([errors, taken], [[], []])
})

test('a queue that is paused stays so over the death of its server', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store } = await testStore(t, { url: server.url, waitForDisk: true })
  await store.queue.pause(['any'])
  await server.stop('SIGKILL')
  await server.start()
  await eventually(async () => (await store.health()).ready, LONG_MS)
  const { lines } = await store.queue.state()
  assert.deepEqual(
    lines.map(({ paused_at: at }) => at !== null),
    [true, false, false],
  )
})
