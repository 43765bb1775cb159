import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { Handler, StopReason } from './consumer.ts'
import type { Store } from '../store.ts'
import { FAST, type TestStore, atEnd, createJob, eventually, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'
import { TIMING } from '../redis/timing.ts'

/** What a loaded machine may add to a bound. */
const SLACK_MS = 5_000

const KILLED = new URL('../testing/consumer_process.js', import.meta.url)

function consume(t: TestContext, store: Store, handler: Handler, slots = 1) {
  const consumer = store.queue.consume(handler, { slots })
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  return consumer
}

/** Ends a job in its record, as a handler has to before it is through with it. */
async function end(store: Store, id: string): Promise<'done'> {
  await store.jobs.cancel(id)
  return 'done'
}

/** A worker process that has taken the next job and will never end it. */
async function stuckProcess(t: TestContext, { url, prefix }: TestStore) {
  const child = fork(KILLED, [url, prefix, JSON.stringify(FAST)])
  atEnd(t, () => child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

test("TIMING lets a killed worker's job be delivered again within 15 s", () => {
  assert.ok(TIMING.lockMs + 2 * TIMING.stalledCheckMs <= 15_000)
})

test('consume() takes jobs by priority, then by age', async (t) => {
  const { store } = await testStore(t)
  const made: string[] = []
  for (const priority of [100, 100, 1]) made.push((await createJob(store, { priority })).id)
  const taken: string[] = []
  consume(t, store, async (id) => {
    taken.push(id)
    return await end(store, id)
  })
  await eventually(() => taken.length === 3)
  assert.deepEqual(taken, [made[2], made[0], made[1]])
})

test('consume() runs as many jobs at once as it has slots', async (t) => {
  const { store } = await testStore(t)
  for (let at = 0; at < 4; at++) await createJob(store)
  let running = 0
  let most = 0
  let ended = 0
  consume(
    t,
    store,
    async (id) => {
      most = Math.max(most, ++running)
      await eventually(() => running >= 2 || ended > 0)
      running--
      ended++
      return await end(store, id)
    },
    2,
  )
  await eventually(() => ended === 4)
  assert.equal(most, 2)
})

for (const [how, first] of [
  ['returns', async () => 'return'],
  [
    'throws over',
    async () => {
      throw new Error('planned')
    },
  ],
] as const) {
  test(`consume() delivers a job again that its handler ${how}`, async (t) => {
    const errors: string[] = []
    const { store } = await testStore(t, { onError: ({ message }) => errors.push(message) })
    const { id } = await createJob(store)
    const taken: string[] = []
    consume(t, store, async (jobId) => (taken.push(jobId) === 1 ? (first() as Promise<'return'>) : end(store, jobId)))
    await eventually(() => taken.length === 2)
    assert.deepEqual(taken, [id, id])
    assert.deepEqual(errors, how === 'returns' ? [] : ['planned'])
  })
}

test('Consumer.close() tells handlers to stop, hands their jobs back and takes no more', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  const taken: string[] = []
  let reason: StopReason | undefined
  const consumer = consume(t, store, async (jobId, signal) => {
    taken.push(jobId)
    await once(signal, 'abort')
    reason = signal.reason as StopReason
    return 'return'
  })
  await eventually(() => taken.length === 1)
  await consumer.close({ timeoutMs: 5_000 })
  assert.deepEqual([taken, reason], [[id], 'shutdown'])

  consume(t, store, async (jobId) => {
    taken.push(jobId)
    return await end(store, jobId)
  })
  await eventually(() => taken.length === 2)
})

test('Consumer.close() waits for a deaf handler no longer than it was told to', async (t) => {
  const { store } = await testStore(t)
  await createJob(store)
  let started = false
  const consumer = store.queue.consume(
    async () => {
      started = true
      return await new Promise(() => {})
    },
    { slots: 1 },
  )
  await eventually(() => started)
  const since = performance.now()
  await consumer.close({ timeoutMs: 200 })
  const ms = performance.now() - since
  t.diagnostic(`closed after ${Math.round(ms)} ms`)
  assert.ok(ms >= 190 && ms < 30_000, `${ms} ms`)
})

test('consume() reports a lock that was lost', async (t) => {
  const errors: string[] = []
  const { store, redis, prefix } = await testStore(t, { onError: ({ message }) => errors.push(message) })
  const { id } = await createJob(store)
  consume(t, store, async () => {
    await redis.set(`{${prefix}}:jobs-any:${id}:lock`, 'of another')
    await eventually(() => errors.length > 0, 60_000)
    return 'done'
  })
  await eventually(() => errors.length > 0, 60_000)
  assert.equal(errors[0], `Lost the lock of job "${id}"`)
})

test('consume() keeps a job whose lock has run out while nobody could renew it', async (t) => {
  const errors: string[] = []
  const { store, redis, prefix } = await testStore(t, { onError: ({ message }) => errors.push(message) })
  const { id } = await createJob(store)
  const lock = `{${prefix}}:jobs-any:${id}:lock`
  let token: string | null = null
  const taken: string[] = []
  consume(t, store, async (jobId) => {
    taken.push(jobId)
    token = await redis.getdel(lock)
    await eventually(async () => (await redis.get(lock)) === token)
    await end(store, jobId)
    await redis.del(lock) // so it is when the handler ends just after the server came back
    return 'done'
  })
  await eventually(() => taken.length > 0)
  await eventually(async () => (await store.queue.deliveries()).any.active === 0)
  assert.ok(token)
  assert.deepEqual([taken, errors], [[id], []])
})

test('consume() gets the job of a worker process that was killed, within lockMs + 2 · stalledCheckMs', async (t) => {
  const own = await testStore(t)
  const { store } = own
  const { id } = await createJob(store)
  const child = await stuckProcess(t, own)
  assert.equal((await store.jobs.get(id)).status, 'running')

  let epoch: number | undefined
  consume(t, store, async (jobId) => {
    const claim = await store.jobs.claim(jobId, 'wrk_heir')
    if ('epoch' in claim) epoch = claim.epoch
    return 'done'
  })
  const since = performance.now()
  child.kill('SIGKILL')
  assert.equal(await eventually(() => epoch), 2)
  const ms = performance.now() - since
  t.diagnostic(`delivered again after ${Math.round(ms)} ms`)
  assert.ok(ms < FAST.lockMs + 2 * FAST.stalledCheckMs + SLACK_MS, `${ms} ms`)
  const { attempts } = await store.jobs.get(id)
  assert.deepEqual(
    attempts.map(({ worker, end_reason }) => [worker, end_reason]),
    [
      ['wrk_killed', 'worker_lost'],
      ['wrk_heir', null],
    ],
  )
})

test('watch() puts the job of a killed worker back into the queue when no worker is left', async (t) => {
  const own = await testStore(t)
  const { store } = own
  const { id } = await createJob(store)
  const child = await stuckProcess(t, own)
  const watch = store.queue.watch()
  atEnd(t, () => watch.close())
  child.kill('SIGKILL')
  const job = await eventually(async () => {
    const now = await store.jobs.get(id)
    return now.status === 'queued' && now
  })
  assert.deepEqual([job.status_reason, job.attempts[0]?.end_reason], ['worker_lost', 'worker_lost'])
  assert.equal((await store.jobs.count()).queued, 1)
})

test('watch() ends a job that was being cancelled when its worker was killed', async (t) => {
  const own = await testStore(t)
  const { store } = own
  const { id } = await createJob(store)
  const child = await stuckProcess(t, own)
  child.kill('SIGKILL')
  assert.equal((await store.jobs.cancel(id)).status, 'cancelling')
  const watch = store.queue.watch()
  atEnd(t, () => watch.close())
  await eventually(async () => (await store.jobs.get(id)).status === 'cancelled')
})

test('watch() leaves alone the jobs of a worker that lives', async (t) => {
  const own = await testStore(t)
  const { store } = own
  const { id } = await createJob(store)
  await stuckProcess(t, own)
  const watch = store.queue.watch()
  atEnd(t, () => watch.close())
  const since = performance.now()
  await eventually(() => performance.now() - since > 2 * FAST.lockMs)
  const { status, attempts } = await store.jobs.get(id)
  assert.deepEqual([status, attempts.length], ['running', 1])
})

test('counts() counts jobs in each state', async (t) => {
  const { store } = await testStore(t)
  const made = [await createJob(store), await createJob(store), await createJob(store)]
  await store.jobs.cancel(made[0]?.id ?? '')
  await store.jobs.claim(made[1]?.id ?? '', 'wrk_1')
  const counts = await store.jobs.count()
  assert.deepEqual([counts.queued, counts.starting, counts.cancelled, counts.running], [1, 1, 1, 0])
})

test('consume() goes on after the server was away for longer than an idle wait', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store } = await testStore(t, { url: server.url })
  const taken: string[] = []
  consume(t, store, async (jobId) => {
    taken.push(jobId)
    return await end(store, jobId)
  })
  const before = await createJob(store)
  await eventually(() => taken.includes(before.id))

  await server.stop()
  const since = performance.now()
  await eventually(() => performance.now() - since > 3_000)
  await server.start()
  const { id } = await eventually(() => createJob(store).catch(() => undefined))
  await eventually(() => taken.includes(id))
})
