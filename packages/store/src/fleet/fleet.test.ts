// Which worker takes which job and what the others wait for, and how workers are drained.

import { type Accelerator, type AcceleratorClass, type Gpu, type Worker } from '@unroll/contract'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { Store } from '../store.ts'
import { createJob, eventually, testStore } from '../testing/fixtures.ts'
import { sampleWorker } from '../testing/fleet.ts'

const LONG_MS = 60_000
/** Of jobs that ask for no labels, and are handed out. */
const LINE = { labels: {}, paused_at: null }
const LARGE = { model: { cell: 'lstm', hidden_size: 256 } }
const ask = (accelerator: AcceleratorClass, more: object = {}) => ({ resources: { accelerator }, ...more })

const GPU: Gpu = {
  uuid: 'GPU-1',
  name: 'NVIDIA A40',
  driver: '550.127.05',
  memory_bytes: 48_305_799_168,
  memory_used_bytes: 0,
  utilization: 0,
  temperature_celsius: 30,
  fault: null,
}

function workerOf(accelerator: Accelerator): Worker {
  return sampleWorker([null], { accelerator, device: accelerator === 'gpu' ? 'cuda' : 'wasm' })
}

/** A worker of one slot that ends each job it takes at once, unless told to hold it. */
function crew(
  t: TestContext,
  store: Store,
  accelerator: Accelerator,
  {
    hold,
    ...options
  }: { hold?: (signal: AbortSignal) => Promise<unknown>; memoryBytes?: () => readonly number[] } = {},
) {
  const taken: string[] = []
  const consumer = store.queue.consume(
    async (id, signal) => {
      taken.push(id)
      await hold?.(signal)
      if (signal.aborted) return 'return'
      await store.jobs.cancel(id)
      return 'done'
    },
    { slots: 1, accelerator, ...options },
  )
  t.after(() => consumer.close({ timeoutMs: 0 }))
  return { consumer, taken }
}

test('jobs land where they may: those that ask for a GPU with GPU workers, those that ask for a CPU with CPU workers', async (t) => {
  const { store } = await testStore(t)
  const [cpu, gpu] = [crew(t, store, 'cpu'), crew(t, store, 'gpu')]
  const made = { any: [] as string[], cpu: [] as string[], gpu: [] as string[] }
  for (let at = 0; at < 30; at++) {
    const wanted = (['any', 'cpu', 'gpu'] as const)[at % 3] ?? 'any'
    made[wanted].push((await createJob(store, ask(wanted))).id)
  }
  await eventually(() => cpu.taken.length + gpu.taken.length === 30, LONG_MS)
  t.diagnostic(`${cpu.taken.length} jobs on the CPU, ${gpu.taken.length} on the GPU`)
  for (const id of made.cpu) assert.ok(cpu.taken.includes(id) && !gpu.taken.includes(id))
  for (const id of made.gpu) assert.ok(gpu.taken.includes(id) && !cpu.taken.includes(id))
})

test('a worker takes from its two queues in one order: by priority, then by age', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const made: string[] = []
  for (const [wanted, priority] of [
    ['any', 100],
    ['cpu', 100],
    ['any', 100],
    ['cpu', 5],
    ['any', 1],
    ['gpu', 1],
  ] as const)
    made.push((await createJob(store, ask(wanted, { priority }))).id)
  const positions = await Promise.all(made.map(async (id) => (await store.jobs.get(id)).queue.position))
  assert.deepEqual(positions, [3, 3, 5, 1, 0, 1])
  const { taken } = crew(t, store, 'cpu')
  await eventually(() => taken.length === 5, LONG_MS)
  assert.deepEqual(taken, [made[4], made[3], made[0], made[1], made[2]])
})

test('jobs.get() says how many come before a job, and what it waits for', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { timing: {}, clock: () => now++ })
  const any = await createJob(store, ask('any'))
  const cpu = await createJob(store, ask('cpu'))
  const gpu = await createJob(store, ask('gpu'))
  const last = await createJob(store, ask('any'))
  const queues = async () => {
    const jobs = await Promise.all([any, cpu, gpu, last].map(({ id }) => store.jobs.get(id)))
    return jobs.map(({ queue }) => [queue.position, queue.waiting_for])
  }
  assert.deepEqual(await queues(), [
    [0, 'a worker: none is online'],
    [1, 'a CPU worker: none is online'],
    [1, 'a GPU worker: none is online'],
    [3, 'a worker: none is online'],
  ])
  await store.workers.heartbeat(workerOf('cpu'))
  assert.deepEqual(await queues(), [
    [0, 'a free slot of a worker'],
    [1, 'a free slot of a CPU worker'],
    [1, 'a GPU worker: none is online'],
    [2, 'a free slot of a worker'], // no GPU worker is there that could prefer the GPU job
  ])
})

test('jobs that need more memory than a worker has are left to one that has it, and hold nobody up', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const large = [await createJob(store, LARGE), await createJob(store, LARGE)]
  const small = [await createJob(store, ask('cpu')), await createJob(store)]
  const between = (large[0]?.estimate.memory_bytes ?? 0) - 1
  const little = crew(t, store, 'cpu', { memoryBytes: () => [between] })
  await eventually(() => little.taken.length === 2, LONG_MS)
  assert.deepEqual(little.taken.toSorted(), small.map(({ id }) => id).toSorted())
  for (const { id } of large) assert.deepEqual((await store.jobs.get(id)).attempts, [])
  await eventually(async () => {
    const { waiting, active } = (await store.queue.deliveries()).any
    return waiting === 2 && active === 0
  }, LONG_MS)

  const big = crew(t, store, 'cpu', { memoryBytes: () => [between + 1] })
  await eventually(() => big.taken.length === 2, LONG_MS)
  assert.deepEqual(
    big.taken,
    large.map(({ id }) => id),
  )
  assert.equal(little.taken.length, 2)
})

test('jobs.get() says that no worker online has the memory that a job needs', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const { id, estimate } = await createJob(store, LARGE)
  const waitsFor = async () => (await store.jobs.get(id)).queue.waiting_for
  await store.workers.heartbeat({ ...workerOf('cpu'), memory_bytes: estimate.memory_bytes - 1 })
  assert.equal(await waitsFor(), `a worker with ${estimate.memory_bytes} bytes of memory: none is online`)
  await store.workers.heartbeat({ ...workerOf('gpu'), memory_bytes: estimate.memory_bytes })
  assert.equal(await waitsFor(), 'a free slot of a worker')
})

test('jobs.get() says that no GPU online has the memory that a job needs, and how much the largest has', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const { id, estimate } = await createJob(store, { ...LARGE, ...ask('gpu') })
  const bytes = estimate.memory_bytes
  const waitsFor = async () => (await store.jobs.get(id)).queue.waiting_for
  const gpu = (size: number | null, fault: string | null = null) => ({ ...GPU, memory_bytes: size, fault })
  const worker = workerOf('gpu')
  for (const [gpus, memory_bytes, said] of [
    [
      [gpu(bytes - 1), gpu(bytes - 2)],
      bytes - 1,
      `a GPU with ${bytes} bytes of memory: the largest online has ${bytes - 1}`,
    ],
    [[gpu(bytes, 'GPU is lost'), gpu(7)], 7, `a GPU with ${bytes} bytes of memory: the largest online has 7`],
    [[gpu(bytes)], bytes, 'a free slot of a GPU worker'],
    [[gpu(null)], bytes, 'a free slot of a GPU worker'],
    [[gpu(bytes)], bytes - 1, `a GPU worker with ${bytes} bytes of memory: none is online`],
  ] as const) {
    await store.workers.heartbeat({ ...worker, gpus: [...gpus], memory_bytes })
    assert.equal(await waitsFor(), said)
  }
})

/** A job of several GPUs. */
const together = (gpus: number, more: object = {}) => ({
  resources: { accelerator: 'gpu', gpus },
  training: { batch_size: 4 * gpus },
  ...more,
})

test('a job of several GPUs is left to a worker that has so many free with the memory, and holds nobody up', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const four = await createJob(store, together(4))
  const two = await createJob(store, together(2))
  const one = await createJob(store, ask('gpu'))
  const bytes = Math.max(...[four, two, one].map(({ estimate }) => estimate.memory_bytes))
  const needs: number[] = []
  const consumer = store.queue.consume(
    async (id, _, { gpus, memoryBytes }) => {
      assert.equal(memoryBytes, (await store.jobs.get(id)).estimate.memory_bytes)
      needs.push(gpus)
      await store.jobs.cancel(id)
      return 'done'
    },
    { slots: 1, accelerator: 'gpu', memoryBytes: () => [bytes, bytes, bytes, four.estimate.memory_bytes - 1] },
  )
  t.after(() => consumer.close({ timeoutMs: 0 }))
  await eventually(() => needs.length === 2, LONG_MS)
  assert.deepEqual(needs, [2, 1])
  assert.deepEqual((await store.jobs.get(four.id)).attempts, [])
  const larger = crew(t, store, 'gpu', { memoryBytes: () => Array.from({ length: 4 }, () => bytes) })
  await eventually(() => larger.taken.length === 1, LONG_MS)
  assert.deepEqual(larger.taken, [four.id])
})

test('a job that may land on either is taken by what it needs there', async (t) => {
  const { store } = await testStore(t)
  const job = await createJob(store, { sequence_length: 20_000, model: { cell: 'lstm', hidden_size: 64 } })
  const { memory_bytes: onCpu, gpu_memory_bytes: onGpu = 0 } = job.estimate
  assert.ok(onGpu > onCpu)
  const gpu = crew(t, store, 'gpu', { memoryBytes: () => [onGpu - 1] })
  const cpu = crew(t, store, 'cpu', { memoryBytes: () => [onCpu] })
  await eventually(() => cpu.taken.length === 1, LONG_MS)
  assert.deepEqual([gpu.taken, cpu.taken], [[], [job.id]])
})

test('jobs.get() says that no worker online has as many GPUs as a job asks for, and how many the one with the most has', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const { id, estimate } = await createJob(store, together(4))
  const bytes = estimate.memory_bytes
  const waitsFor = async () => (await store.jobs.get(id)).queue.waiting_for
  assert.equal(await waitsFor(), 'a GPU worker with 4 GPUs: none is online')
  const worker = workerOf('gpu')
  const sized = (sizes: readonly number[], fault: string | null = null) =>
    sizes.map((memory_bytes, at): Gpu => ({ ...GPU, uuid: `GPU-${at}`, memory_bytes, fault: at === 0 ? fault : null }))
  for (const [sizes, fault, said] of [
    [[bytes, bytes], null, 'a GPU worker with 4 GPUs: the one online with the most has 2'],
    [[bytes, bytes, bytes, bytes], 'GPU is lost', 'a GPU worker with 4 GPUs: the one online with the most has 3'],
    [
      [bytes, bytes, bytes, bytes - 1],
      null,
      `a GPU worker with 4 GPUs of ${bytes} bytes of memory each: none is online`,
    ],
    [[bytes, bytes, bytes, bytes], null, 'a free slot of a GPU worker with 4 GPUs'],
  ] as const) {
    const gpus = sized(sizes, fault)
    const slots = gpus.map(({ uuid }) => ({ job: null, gpu: uuid }))
    await store.workers.heartbeat({ ...worker, gpus, slots, memory_bytes: bytes })
    assert.equal(await waitsFor(), said)
  }
  assert.match((await store.jobs.get(id)).queue.eta_unknown ?? '', /^It asks for several GPUs at once/)
})

test('queue.state() counts no slot as free whose GPU cannot be trained on', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const gpus = [GPU, { ...GPU, uuid: 'GPU-2', fault: 'GPU is lost' }]
  const slots = [GPU.uuid, 'GPU-2'].map((gpu) => ({ job: null, gpu }))
  await store.workers.heartbeat({ ...workerOf('gpu'), gpus, slots })
  assert.equal((await store.queue.state()).lines[2]?.free_slots, 1)
})

test('workers.list() completes what a worker of an older version does not say', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const {
    engine_reason: _,
    engine_fallback: __,
    vector_lanes: ___,
    gpus: ____,
    labels: _____,
    ...older
  } = workerOf('cpu')
  await store.workers.heartbeat(older as Worker)
  const [worker] = await store.workers.list()
  assert.deepEqual([worker?.engine_fallback, worker?.vector_lanes, worker?.gpus, worker?.labels], [false, null, [], {}])
  assert.match(worker?.engine_reason ?? '', /older version/)
  await createJob(store, ask('gpu'))
  assert.equal((await store.queue.state()).lines[0]?.free_slots, 1)
})

test('queue.state() gives depth, longest wait, workers and free slots by class', async (t) => {
  let now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { timing: {}, clock: () => now })
  const first = await createJob(store, ask('gpu'))
  now += 4_000
  await createJob(store, ask('gpu', { priority: 1 }))
  await store.jobs.update(first.id, { priority: 7 })
  now += 6_000
  await store.workers.heartbeat({ ...workerOf('cpu'), slots: [{ job: null }, { job: 'job_x' }] })
  const { lines, jobs } = await store.queue.state()
  assert.deepEqual(lines, [
    { ...LINE, accelerator: 'any', depth: 0, oldest_wait_seconds: null, workers: 1, free_slots: 1 },
    { ...LINE, accelerator: 'cpu', depth: 0, oldest_wait_seconds: null, workers: 1, free_slots: 1 },
    { ...LINE, accelerator: 'gpu', depth: 2, oldest_wait_seconds: 10, workers: 0, free_slots: 0 },
  ])
  assert.equal(jobs.queued, 2)
  assert.deepEqual((await store.queue.deliveries()).gpu, { waiting: 2, active: 0 })
  await store.jobs.pause(first.id)
  now += 1_000
  await store.jobs.resume(first.id)
  assert.equal((await store.queue.state()).lines[2]?.oldest_wait_seconds, 7)
})

test('Consumer.drain() with hand_back hands the job back and takes none until undrained', async (t) => {
  const { store } = await testStore(t)
  const { consumer, taken } = crew(t, store, 'cpu', {
    hold: async (signal) => taken.length === 1 && (await once(signal, 'abort')),
  })
  const { id } = await createJob(store)
  await eventually(() => taken.length === 1, LONG_MS)
  consumer.drain('hand_back')
  const other = crew(t, store, 'cpu')
  await eventually(() => other.taken.length === 1, LONG_MS)
  assert.deepEqual([taken, other.taken], [[id], [id]])
  await other.consumer.close({ timeoutMs: 1_000 })
  const next = await createJob(store)
  consumer.undrain()
  await eventually(() => taken.length === 2, LONG_MS)
  assert.equal(taken[1], next.id)
})

test('Consumer.drain() with finish lets the job in hand end', async (t) => {
  const { store } = await testStore(t)
  let finish = (): void => {}
  const { consumer, taken } = crew(t, store, 'cpu', { hold: () => new Promise<void>((resolve) => (finish = resolve)) })
  const { id } = await createJob(store)
  await eventually(() => taken.length === 1, LONG_MS)
  consumer.drain('finish')
  finish()
  await eventually(async () => (await store.jobs.get(id)).status === 'cancelled', LONG_MS)
})

test('an idle consumer takes a job at once', async (t) => {
  const { store } = await testStore(t)
  const { taken } = crew(t, store, 'cpu')
  const waits: number[] = []
  for (let at = 1; at <= 10; at++) {
    await createJob(store)
    const since = performance.now()
    await eventually(() => taken.length === at, LONG_MS)
    waits.push(performance.now() - since)
  }
  t.diagnostic(`taken after ${waits.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  assert.ok(Math.min(...waits) < 500, 'by the nudge: looking by itself takes up to a second')
})

test('a consumer that idles beside a backlog says so and mends it', async (t) => {
  const errors: string[] = []
  const { store, redis, prefix } = await testStore(t, { onError: ({ message }) => errors.push(message) })
  const { id } = await createJob(store)
  assert.equal(await redis.zrem(`{${prefix}}:jobs-any:prioritized`, id), 1) // the queue has lost it, and nobody else looks
  await redis.del(`{${prefix}}:jobs-any:${id}`)
  const { taken } = crew(t, store, 'cpu')
  await eventually(() => taken.length === 1, LONG_MS)
  assert.match(errors[0] ?? '', /^Jobs have waited for 2000 ms beside a free slot/)
})

test('workers.drain() is heard with the next heartbeat, and at once by the nudge, until workers.undrain()', async (t) => {
  const { store } = await testStore(t, { timing: {} })
  const worker = workerOf('cpu')
  await assert.rejects(store.workers.drain(worker.id, 'finish'), { code: 'WORKER_NOT_FOUND' })
  assert.equal(await store.workers.heartbeat(worker), null)
  let nudges = 0
  await store.control.subscribe(worker.id, () => nudges++)
  assert.equal((await store.workers.drain(worker.id, 'finish')).status, 'draining')
  await eventually(() => nudges === 1, LONG_MS)
  assert.equal(await store.workers.heartbeat(worker), 'finish')
  assert.equal((await store.workers.list())[0]?.status, 'draining')
  assert.equal((await store.workers.undrain(worker.id)).status, 'online')
  assert.equal(await store.workers.heartbeat(worker), null)
  await eventually(() => nudges === 2, LONG_MS)
})
