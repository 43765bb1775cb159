// Jobs that ask for labels, and workers that have some.

import { LINES_TOLD, type Job, type Labels, type Worker } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { LOOK_AHEAD, askedIn, nameLine, linesFor } from './lines.ts'
import type { Store } from '../store.ts'
import { createJob, eventually, sampleSpec, testStore } from '../testing/fixtures.ts'
import { sampleWorker } from '../testing/fleet.ts'

const LONG_MS = 60_000
const A100 = { pool: 'a100' }
const OSLO = { pool: 'a100', site: 'oslo' }
const ask = (labels: Labels, more: object = {}) => ({ resources: { labels, ...more } })

const workerOf = (labels: Labels, more: Partial<Worker> = {}): Worker => sampleWorker([null], { labels, ...more })

/** What a worker of one slot with some labels takes; it ends each job at once. */
function takenBy(t: TestContext, store: Store, labels: Labels): string[] {
  const taken: string[] = []
  const consumer = store.queue.consume(
    async (id) => {
      taken.push(id)
      await store.jobs.cancel(id)
      return 'done'
    },
    { slots: 1, labels },
  )
  t.after(() => consumer.close({ timeoutMs: 0 }))
  return taken
}

test('linesFor() names a line for each set of labels of each class, and askedIn() says what its jobs ask for', () => {
  assert.deepEqual(linesFor('cpu', OSLO), [
    'cpu',
    'cpu{site=oslo}',
    'cpu{pool=a100}',
    'cpu{pool=a100,site=oslo}',
    'any',
    'any{site=oslo}',
    'any{pool=a100}',
    'any{pool=a100,site=oslo}',
  ])
  for (const labels of [{}, A100, OSLO])
    assert.deepEqual(askedIn(nameLine({ wanted: 'gpu', labels })), { wanted: 'gpu', labels })
})

test('a worker takes only jobs whose labels it has, by priority, then by age', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const made = {
    oslo: await createJob(store, ask(OSLO)),
    elsewhere: await createJob(store, ask({ pool: 'a100', site: 'bergen' })),
    a100: await createJob(store, ask(A100, { accelerator: 'cpu' })),
    urgent: await createJob(store, { ...ask(OSLO), priority: 1 }),
    any: await createJob(store),
  }
  const idsOf = (...jobs: Job[]) => jobs.map(({ id }) => id)
  const without = takenBy(t, store, {})
  await eventually(() => without.length === 1, LONG_MS)
  assert.deepEqual(without, idsOf(made.any))
  const oslo = takenBy(t, store, OSLO)
  await eventually(() => oslo.length === 3, LONG_MS)
  assert.deepEqual(oslo, idsOf(made.urgent, made.oslo, made.a100))
  const bergen = takenBy(t, store, { pool: 'a100', site: 'bergen', rack: '7' })
  await eventually(() => bergen.length === 1, LONG_MS)
  assert.deepEqual([bergen, without.length, oslo.length], [idsOf(made.elsewhere), 1, 3])
})

test('jobs whose labels nobody has hold up nobody, however many stand before', async (t) => {
  const { store } = await testStore(t)
  const count = LOOK_AHEAD + 6
  for (let at = 0; at < count; at++)
    await createJob(store, {
      ...ask(at % 2 === 0 ? { pool: 'none' } : { pool: 'none', rack: String(at) }),
      priority: 1,
    })
  const behind = [await createJob(store, ask(A100)), await createJob(store)]
  const taken = takenBy(t, store, A100)
  await eventually(() => taken.length === 2, LONG_MS)
  assert.deepEqual(
    taken,
    behind.map(({ id }) => id),
  )
  assert.equal((await store.jobs.count()).queued, count)
  t.diagnostic(`${count} jobs stood before`)
})

test('a job with labels keeps them through pause, resume, another priority, a lost delivery and a worker that hands it back', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id } = await createJob(store, ask(A100))
  await store.jobs.pause(id)
  await store.jobs.resume(id)
  await store.jobs.update(id, { priority: 7 })
  await redis.zrem(`{${prefix}}:jobs-any:prioritized`, id)
  await redis.del(`{${prefix}}:jobs-any:${id}`)
  assert.deepEqual(await store.queue.reconcile(), { added: 1, interrupted: 0 })
  const claim = await store.jobs.claim(id, 'wrk_1')
  assert.ok('epoch' in claim)
  assert.equal(await store.jobs.move(id, claim.epoch, 'interrupted', { reason: 'worker_draining' }), 'moved')
  assert.deepEqual(await redis.zrange(`{${prefix}}:waiting`, '0', '-1'), [`any{pool=a100}:0000007:${id}`])
  const [without, a100] = [takenBy(t, store, {}), takenBy(t, store, A100)]
  await eventually(() => a100.length === 1, LONG_MS)
  assert.deepEqual([without, a100], [[], [id]])
})

test('jobs.get() and jobs.outlook() say that no worker online has the labels that a job asks for', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const gpu = { uuid: 'GPU-1', name: 'NVIDIA A40', driver: '1', memory_bytes: 7, memory_used_bytes: 0 }
  const gpus = [{ ...gpu, utilization: 0, temperature_celsius: 30, fault: null }]
  const a100 = workerOf(A100)
  const plain = workerOf({})
  const graphics = workerOf(A100, { accelerator: 'gpu', gpus })
  const little = workerOf(OSLO, { memory_bytes: 1 })
  const bytes = sampleSpec().cost.memory_bytes
  const cases: [online: Worker[], body: Record<string, unknown>, said: string][] = [
    [[plain], ask(A100), 'a worker labelled pool=a100: none is online'],
    [[plain, a100], ask(OSLO), 'a worker labelled pool=a100,site=oslo: none is online'],
    [[plain, a100], ask(A100), 'a free slot of a worker labelled pool=a100'],
    [[plain, a100], ask(A100, { accelerator: 'gpu' }), 'a GPU worker labelled pool=a100: none is online'],
    [[plain, little], ask(OSLO), `a worker labelled pool=a100,site=oslo with ${bytes} bytes of memory: none is online`],
    [
      [graphics],
      ask(A100, { accelerator: 'gpu' }),
      `a GPU with ${bytes} bytes of memory on a worker labelled pool=a100: the largest online has 7`,
    ],
    [[graphics], ask(OSLO, { accelerator: 'gpu' }), 'a GPU worker labelled pool=a100,site=oslo: none is online'],
    [[plain], {}, 'a free slot of a worker'],
  ]
  for (const [online, body, said] of cases) {
    for (const worker of online) await store.workers.heartbeat(worker)
    const { spec, cost } = sampleSpec(body)
    const outlook = await store.jobs.outlook(spec, cost)
    const { id, queue } = await createJob(store, body)
    for (const { position, waiting_for } of [outlook, queue]) assert.deepEqual([position, waiting_for], [0, said])
    await store.jobs.cancel(id)
    for (const worker of online) await store.workers.remove(worker.id)
  }
  t.diagnostic(`${cases.length} fleets looked at`)
})

test('positions count the jobs that a worker which may take the job may take first', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { timing: {}, clock: () => now++ })
  const bodies = [ask({ pool: 'none' }), ask(A100), {}, ask(OSLO), ask(A100), ask({ pool: 'none' })]
  const made: Job[] = []
  for (const body of bodies) made.push(await createJob(store, body))
  const positions = () => Promise.all(made.map(async ({ id }) => (await store.jobs.get(id)).queue.position))
  assert.deepEqual(await positions(), [0, 0, 0, 2, 2, 2], 'as of workers that have what each asks for, and no more')
  await store.workers.heartbeat(workerOf(OSLO))
  assert.deepEqual(await positions(), [0, 0, 1, 2, 3, 2])
  await store.workers.heartbeat(workerOf({ pool: 'none' }))
  assert.deepEqual(await positions(), [0, 0, 2, 2, 3, 2])
})

test('a position counts the jobs of its own line whatever sets of labels come before that by name', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  for (let at = 0; at <= LINES_TOLD; at++) await createJob(store, ask({ a: String(at) }))
  const last = [await createJob(store, ask({ z: '1' })), await createJob(store, ask({ z: '1' }))]
  const { spec, cost } = sampleSpec(ask({ z: '1' }))
  const positions = await Promise.all(last.map(async ({ id }) => (await store.jobs.get(id)).queue.position))
  assert.deepEqual([...positions, (await store.jobs.outlook(spec, cost)).position], [0, 1, 2])
  assert.equal((await store.queue.state()).lines.length, 3 + LINES_TOLD)
})

test('queue.state() gives the lines of labels behind those of jobs without any', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  for (const body of [ask(OSLO), ask(A100, { accelerator: 'gpu' }), ask(A100), ask(A100), {}])
    await createJob(store, body)
  await store.workers.heartbeat(workerOf(A100))
  await store.workers.heartbeat(workerOf({}, { slots: [{ job: null }, { job: null }] }))
  const { lines } = await store.queue.state()
  assert.deepEqual(
    lines.map(({ accelerator, labels, depth, workers, free_slots: free }) => [
      accelerator,
      labels,
      depth,
      workers,
      free,
    ]),
    [
      ['any', {}, 1, 2, 3],
      ['cpu', {}, 0, 2, 3],
      ['gpu', {}, 0, 0, 0],
      ['any', OSLO, 1, 0, 0],
      ['any', A100, 2, 1, 1],
      ['gpu', A100, 1, 0, 0],
    ],
  )
  for (const { depth, oldest_wait_seconds: wait } of lines) assert.equal(wait === null, depth === 0)
})

test('a job of before, whose record names neither line nor labels, is read and taken', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id } = await createJob(store)
  const record = `{${prefix}}:job:${id}:record`
  const spec = JSON.parse((await redis.hget(record, 'spec')) ?? '') as { resources: object }
  const { labels: _, ...resources } = spec.resources as { labels: Labels }
  await redis.hset(record, 'spec', JSON.stringify({ ...spec, resources }))
  await redis.hdel(record, 'line')
  assert.deepEqual((await store.jobs.get(id)).spec.resources.labels, {})
  await store.jobs.pause(id)
  assert.equal((await store.jobs.resume(id)).queue.position, 0)
  const taken = takenBy(t, store, A100)
  await eventually(() => taken.length === 1, LONG_MS)
})
