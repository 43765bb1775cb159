import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { openStore } from '@unroll/store'
import type { Job, QueueState, Worker } from '@unroll/contract'
import { Hold } from './held.ts'
import { ENDLESS, getJob, pollToTheEnd, smallJob, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'
import { spawnWorker, startRedis, startWorker, type OwnRedis, type WorkerProcess } from './workers.ts'

const STOP_BOUND_MS = 5_000 // apps/worker/src/main.ts
const DRAIN_BOUND_MS = 5_000 // a second to hear of it, and what stopping takes
const STEPS = 24
const HELD_AT = 10

describe('a fleet of workers, with real Redis and real processes', { concurrency: false }, () => {
  let redis: OwnRedis
  let hold: Hold
  let service: Service
  const started: WorkerProcess[] = []
  before(async () => {
    redis = await startRedis()
    hold = await Hold.at(HELD_AT)
    service = await startService({ REDIS_URL: redis.url, UNROLL_FAULTS: hold.faults })
  })
  after(async () => {
    await hold.close()
    for (const worker of started) worker.signal('SIGKILL') // what a test that failed left behind
    assert.equal(await service.stop(), 0, service.output())
    await redis.stop()
  })

  const workers = async () =>
    ((await supertest(service.url).get('/v1/workers').expect(200)).body as { data: Worker[] }).data
  const post = (path: string, body?: object) =>
    supertest(service.url)
      .post(path)
      .send(body ?? {})
      .expect(202)
  const until = (id: string, status: Job['status']) =>
    untilJob(service.url, id, `is ${status}`, (job) => job.status === status)
  /** The worker that trains a job. */
  const trainerOf = (id: string) =>
    eventually(`a worker trains job ${id}`, async () => {
      const { status, attempts } = await getJob(service.url, id)
      const all = await workers()
      return status === 'running' ? all.find((worker) => worker.id === attempts.at(-1)?.worker) : undefined
    })
  const newWorker = async (more: Record<string, string> = {}) => {
    const worker = await startWorker({
      REDIS_URL: redis.url,
      UNROLL_DATA_DIR: service.dataFolder,
      UNROLL_FAULTS: hold.faults,
      ...more,
    })
    started.push(worker)
    return worker
  }
  const cancel = async (id: string) => {
    await post(`/v1/jobs/${id}/cancel`)
    await until(id, 'cancelled')
  }

  test('a worker that is drained hands its job to another within the bound, and takes jobs again once undrained', async (t) => {
    const second = await newWorker()
    const job = await submit(service.url, smallJob(ENDLESS))
    const first = await trainerOf(job.id)
    const asked = performance.now()
    const { body } = await post(`/v1/workers/${first.id}/drain`)
    assert.equal((body as Worker).status, 'draining')
    const { attempts } = await untilJob(service.url, job.id, 'is taken by another', (now) => now.attempts.length === 2)
    t.diagnostic(`with another worker after ${(performance.now() - asked).toFixed(0)} ms`)
    assert.ok(performance.now() - asked < DRAIN_BOUND_MS)
    assert.equal(attempts[0]?.end_reason, 'worker_draining')
    assert.notEqual(attempts[1]?.worker, first.id)
    await post(`/v1/workers/${first.id}/undrain`)
    const other = await submit(service.url, smallJob(3))
    const ended = await until(other.id, 'succeeded')
    assert.equal(ended.attempts[0]?.worker, first.id)
    await cancel(job.id)
    await stopped(second)
  })

  test('a worker that is drained with finish trains its job to the end, and takes no other', async () => {
    await hold.engage()
    const job = await submit(service.url, smallJob(STEPS))
    const worker = await trainerOf(job.id)
    await hold.untilHeld()
    await post(`/v1/workers/${worker.id}/drain`, { running: 'finish' })
    const waiting = await submit(service.url, smallJob(3))
    await hold.release()
    const ended = await until(job.id, 'succeeded')
    assert.equal(ended.attempts.length, 1)
    assert.equal((await getJob(service.url, waiting.id)).queue.waiting_for, 'a worker: none is online')
    await post(`/v1/workers/${worker.id}/undrain`)
    await until(waiting.id, 'succeeded')
  })

  test(`a worker that gets SIGTERM while it trains hands its jobs back and exits with 0 within ${STOP_BOUND_MS} ms`, async (t) => {
    const [own] = await workers()
    assert.ok(own)
    await post(`/v1/workers/${own.id}/drain`)
    const second = await newWorker({ UNROLL_SLOTS: '2' })
    const jobs = [await submit(service.url, smallJob(ENDLESS)), await submit(service.url, smallJob(ENDLESS))]
    for (const { id } of jobs) assert.equal((await trainerOf(id)).pid, second.pid)
    const asked = performance.now()
    second.signal('SIGTERM')
    assert.equal(await second.exited, 0, second.log())
    const took = performance.now() - asked
    t.diagnostic(`exited after ${took.toFixed(0)} ms`)
    assert.ok(took < STOP_BOUND_MS)
    for (const { id } of jobs) {
      const { status, status_reason, attempts } = await getJob(service.url, id)
      assert.deepEqual([status, status_reason], ['queued', 'worker_draining'])
      assert.equal(attempts.at(-1)?.end_reason, 'worker_draining')
    }
    assert.ok((await workers()).every(({ pid }) => pid !== second.pid))
    for (const { id } of jobs) await cancel(id)
    await post(`/v1/workers/${own.id}/undrain`)
  })

  test('a job that asks for a GPU waits for a GPU worker, says so, and lands there', async (t) => {
    const job = await submit(service.url, smallJob(3, { resources: { accelerator: 'gpu' } }))
    assert.deepEqual([job.queue.position, job.queue.waiting_for], [0, 'a GPU worker: none is online'])
    for (const accelerator of ['any', 'cpu']) {
      const { id } = await submit(service.url, smallJob(3, { resources: { accelerator } }))
      await until(id, 'succeeded')
    }
    const { body } = await supertest(service.url).get('/v1/queue').expect(200)
    const line = (body as QueueState).lines.find(({ accelerator }) => accelerator === 'gpu')
    assert.deepEqual([line?.depth, line?.workers], [1, 0])

    // No GPU is at hand: this process plays the worker that has one, by the store's own registration and queue.
    const store = await openStore({ url: redis.url })
    const [model] = await workers()
    assert.ok(model)
    const gpu: Worker = { ...model, id: 'wrk_00000000000000000000', device: 'cuda', accelerator: 'gpu' }
    await store.workers.heartbeat(gpu)
    const taken: string[] = []
    const consumer = store.queue.consume(
      async (id) => {
        taken.push(id)
        const claim = await store.jobs.claim(id, gpu.id)
        assert.ok('epoch' in claim)
        for (const to of ['running', 'succeeded'] as const) await store.jobs.move(id, claim.epoch, to)
        return 'done'
      },
      { slots: 1, accelerator: 'gpu' },
    )
    t.after(async () => {
      await consumer.close({ timeoutMs: 1_000 })
      await store.workers.remove(gpu.id)
      await store.close()
    })
    const ended = await until(job.id, 'succeeded')
    assert.deepEqual([taken, ended.attempts[0]?.worker], [[job.id], gpu.id])
  })

  test('a job that needs more memory than a worker has waits for one that has it, says so, and lands there', async () => {
    const own = await eventually('the worker of the service is there', async () => (await workers())[0])
    await post(`/v1/workers/${own.id}/drain`)
    const little = await newWorker({ UNROLL_MEMORY_BYTES: String(2 ** 21) })
    const [large, small] = [await submit(service.url, largeJob(3)), await submit(service.url, smallJob(3))]
    const { attempts } = await until(small.id, 'succeeded')
    assert.equal((await workers()).find(({ id }) => id === attempts[0]?.worker)?.pid, little.pid)
    const missing = `a worker with ${large.estimate.memory_bytes} bytes of memory: none is online`
    await untilJob(service.url, large.id, 'says so', ({ queue }) => queue.waiting_for === missing)
    await post(`/v1/workers/${own.id}/undrain`)
    assert.equal((await until(large.id, 'succeeded')).attempts[0]?.worker, own.id)
    await stopped(little)
  })

  test('a job that asks for labels waits for a worker that has them, says so, holds nobody up, and lands there', async () => {
    const resources = { labels: { pool: 'a100', site: 'oslo' } }
    const labelled = await submit(service.url, smallJob(3, { resources, priority: 1 }))
    const missing = 'a worker labelled pool=a100,site=oslo: none is online'
    assert.equal(labelled.queue.waiting_for, missing)
    await until((await submit(service.url, smallJob(3))).id, 'succeeded')
    assert.equal((await getJob(service.url, labelled.id)).queue.waiting_for, missing)

    const pool = await newWorker({ UNROLL_LABELS: 'site=oslo, pool=a100, rack=7' })
    const { attempts } = await until(labelled.id, 'succeeded')
    const trainer = (await workers()).find(({ id }) => id === attempts[0]?.worker)
    assert.deepEqual([trainer?.pid, trainer?.labels], [pool.pid, { pool: 'a100', site: 'oslo', rack: '7' }])
    await stopped(pool)
  })

  test('a worker whose UNROLL_LABELS are no pairs refuses to start, and says what is wanted', async () => {
    const worker = spawnWorker({ REDIS_URL: redis.url, UNROLL_DATA_DIR: service.dataFolder, UNROLL_LABELS: 'a100' })
    assert.equal(await worker.exited, 1)
    assert.match(worker.log(), /Cannot start as UNROLL_LABELS must be pairs such as pool=a100,site=oslo, .*a100/)
  })

  test('while the queue is paused what trains goes on and what is posted waits; resumed, it is taken', async (t) => {
    const running = await submit(service.url, smallJob(ENDLESS))
    await until(running.id, 'running')
    const paused = await supertest(service.url).post('/v1/queue/pause').expect(200)
    assert.ok((paused.body as QueueState).lines.every(({ paused_at: at }) => at !== null))
    const second = await newWorker()
    const waiting = await submit(service.url, smallJob(3))
    assert.equal(waiting.queue.waiting_for, 'the queue "any" to be resumed')
    const { step } = (await getJob(service.url, running.id)).progress
    await untilJob(service.url, running.id, 'trains on', ({ progress }) => progress.step > step + 20)
    assert.deepEqual((await getJob(service.url, waiting.id)).attempts, [], 'though a slot is free')
    await supertest(service.url).post('/v1/queue/resume').expect(200)
    const asked = performance.now()
    const { attempts } = await until(waiting.id, 'succeeded')
    t.diagnostic(`through ${(performance.now() - asked).toFixed(0)} ms after the queue was resumed`)
    assert.equal((await workers()).find(({ id }) => id === attempts[0]?.worker)?.pid, second.pid)
    await cancel(running.id)
    await stopped(second)
  })

  test('a worker that was frozen while its job moved on writes nothing when it wakes, and ends that attempt itself', async (t) => {
    const undisturbed = await submit(service.url, smallJob(STEPS))
    const expected = await pollToTheEnd(service.url, undisturbed.id)
    const [own] = await workers()
    assert.ok(own)
    await post(`/v1/workers/${own.id}/drain`)
    const zombie = await newWorker()
    t.after(() => zombie.signal('SIGKILL'))
    await hold.engage()
    const job = await submit(service.url, smallJob(STEPS))
    await hold.untilHeld()
    zombie.signal('SIGSTOP')
    const frozen = performance.now()
    await post(`/v1/workers/${own.id}/undrain`)
    const heir = await untilJob(service.url, job.id, 'moves on', ({ attempts }) => attempts.length === 2)
    t.diagnostic(`with another worker ${((performance.now() - frozen) / 1000).toFixed(1)} s after it froze`)
    assert.deepEqual([heir.attempts[0]?.end_reason, heir.attempts[1]?.worker], ['worker_lost', own.id])
    await hold.release()
    zombie.signal('SIGCONT')
    await eventually('the zombie gives up', () => /a newer attempt has the job/.test(zombie.log()) || undefined)

    const { steps, series } = await pollToTheEnd(service.url, job.id)
    assert.deepEqual(steps, expected.steps)
    assert.deepEqual(series['loss'], expected.series['loss'])
    const ended = await getJob(service.url, job.id)
    t.diagnostic(`${ended.refused_writes} writes were refused`)
    assert.ok(ended.refused_writes > 0, 'the fault must have fired')
    assert.deepEqual([ended.status, ended.attempts.length, ended.attempts[1]?.to_step], ['succeeded', 2, STEPS])
    const { body } = await supertest(service.url).get(`/v1/jobs/${job.id}/events?limit=100`).expect(200)
    const refused = (body as { data: { code: string; data: object }[] }).data.filter(
      ({ code }) => code === 'writes_refused',
    )
    assert.deepEqual(
      refused.map(({ data }) => data),
      [{ epoch: 1, newest_epoch: 2 }],
    )

    await post(`/v1/workers/${own.id}/drain`)
    const next = await submit(service.url, smallJob(3))
    assert.notEqual((await until(next.id, 'succeeded')).attempts[0]?.worker, own.id, 'it takes jobs again')
    await post(`/v1/workers/${own.id}/undrain`)
    await stopped(zombie)
  })
})

/** A job that needs more memory than a small one. */
function largeJob(steps: number): object {
  return smallJob(steps, {
    model: { cell: 'lstm', hidden_size: 96, layers: 2 },
    sequence_length: 50,
    training: { batch_size: 32, max_steps: steps },
  })
}

async function stopped(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGTERM')
  assert.equal(await worker.exited, 0, worker.log())
}
