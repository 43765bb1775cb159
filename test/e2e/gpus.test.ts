import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { JobEvent, Worker } from '@unroll/contract'
import { ENDLESS, smallJob, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'
import { spawnWorker, startRedis, startWorker, type OwnRedis, type WorkerProcess } from './workers.ts'

const FAKE = new URL('../../../packages/libtensorflow/dist/testing/fake_nvidia_smi.js', import.meta.url)

interface Fake {
  environment: Record<string, string>
  answer(answers: { rows: readonly string[] }): void
}

/** Of each worker, the memory of its GPUs in MiB, by their number. */
const FIRST: readonly [number: number, mebibytes: number][] = [
  [1, 16],
  [2, 8],
]
const SECOND: typeof FIRST = [[3, 32]]
const LARGEST = 32 * 2 ** 20

// No GPU is at hand: inventories are those of a program in place of nvidia-smi, and what the engine finds it computes on is the CPU.
describe('workers with GPUs', { concurrency: false, skip: process.platform !== 'linux' }, () => {
  const removals: (() => void)[] = []
  let redis: OwnRedis
  let service: Service
  let fakes: {
    of: (gpus: typeof FIRST) => Fake
    rows: (gpus: typeof FIRST) => string[]
    uuid: (number: number) => string
  }
  let smi: Fake
  const started: WorkerProcess[] = []
  let first: WorkerProcess
  let second: WorkerProcess
  before(async () => {
    const { FakeNvidiaSmi, gpuRow, gpuUuid } = (await import(FAKE.href)) as {
      FakeNvidiaSmi: new (scope: { after: (remove: () => void) => void }, answers: object) => Fake
      gpuRow: (number: number, mebibytes: number) => string
      gpuUuid: (number: number) => string
    }
    const rows = (gpus: typeof FIRST) => gpus.map((gpu) => gpuRow(...gpu))
    const scope = { after: (remove: () => void) => void removals.push(remove) }
    fakes = { of: (gpus) => new FakeNvidiaSmi(scope, { rows: rows(gpus) }), rows, uuid: gpuUuid }
    redis = await startRedis()
    service = await startService({ REDIS_URL: redis.url })
    const own = await eventually('the worker of the service is there', async () => (await workers())[0])
    await supertest(service.url).post(`/v1/workers/${own.id}/drain`).expect(202)
    smi = fakes.of(FIRST)
    const shared = { REDIS_URL: redis.url, UNROLL_DATA_DIR: service.dataFolder, UNROLL_ENGINE: 'auto' }
    first = await startWorker({ ...shared, ...smi.environment })
    started.push(first)
    second = await startWorker({ ...shared, ...fakes.of(SECOND).environment })
    started.push(second)
  })
  after(async () => {
    for (const worker of started) worker.signal('SIGKILL')
    assert.equal(await service.stop(), 0, service.output())
    await redis.stop()
    for (const remove of removals) remove()
  })

  const workers = async () =>
    ((await supertest(service.url).get('/v1/workers').expect(200)).body as { data: Worker[] }).data
  const workerOf = async ({ pid }: WorkerProcess) =>
    eventually('the worker is registered', async () => (await workers()).find((worker) => worker.pid === pid))
  const eventsOf = async (id: string) =>
    ((await supertest(service.url).get(`/v1/jobs/${id}/events?limit=100`).expect(200)).body as { data: JobEvent[] })
      .data
  const uuids = (gpus: typeof FIRST) => gpus.map(([number]) => fakes.uuid(number))

  test('a worker has a slot for each GPU, and says what it knows of them and why it does not compute there', async (t) => {
    for (const [process, gpus] of [
      [first, FIRST],
      [second, SECOND],
    ] as const) {
      const worker = await workerOf(process)
      assert.deepEqual(
        worker.slots.map(({ gpu }) => gpu),
        uuids(gpus),
      )
      assert.deepEqual(
        worker.gpus.map(({ uuid, memory_bytes: bytes }) => [uuid, bytes]),
        gpus.map(([number, mebibytes]) => [fakes.uuid(number), mebibytes * 2 ** 20]),
      )
      assert.deepEqual([worker.accelerator, worker.engine_fallback], ['cpu', true])
      assert.match(worker.engine_reason, /GPU|libtensorflow/)
      t.diagnostic(`${worker.engine} on ${worker.device}, ${worker.vector_lanes} lanes: ${worker.engine_reason}`)
    }
  })

  test('each child of each slot is bound to the GPU of its slot, and each run tells in an event that another engine trains', async (t) => {
    const jobs = await Promise.all([1, 2, 3].map(() => submit(service.url, smallJob(ENDLESS))))
    let bound = 0
    for (const { id } of jobs) {
      const { attempts } = await untilJob(service.url, id, 'runs', ({ status }) => status === 'running')
      const all = await workers()
      const worker = all.find((one) => one.id === attempts[0]?.worker)
      const slot = worker?.slots.find(({ job }) => job === id)
      const process = worker?.pid === first.pid ? first : second
      assert.equal(deviceOf(childOf(process, id)), slot?.gpu)
      assert.match(slot?.gpu ?? '', /^GPU-/)
      const fallback = await eventually('the run tells that another engine trains', async () => {
        const told = (await eventsOf(id)).filter(({ code }) => code === 'engine_fallback')
        return told.length > 0 ? told : undefined
      })
      assert.deepEqual(
        fallback.map(({ level, data }) => [level, data['why']]),
        [['warn', worker?.engine_reason]],
      )
      bound++
    }
    for (const [process, gpus] of [
      [first, FIRST],
      [second, SECOND],
    ] as const) {
      const devices = childrenOf(process.pid).map(deviceOf)
      assert.deepEqual(new Set(devices), new Set(uuids(gpus)))
      bound += devices.length
    }
    t.diagnostic(`${bound} processes looked at`)
    for (const { id } of jobs) {
      await supertest(service.url).post(`/v1/jobs/${id}/cancel`).expect(202)
      await untilJob(service.url, id, 'is cancelled', ({ status }) => status === 'cancelled')
    }
  })

  test('a job says which numbers a GPU may give: its process has the variables for it, its record what held', async () => {
    for (const [asks, tf32, deterministic] of [
      [{}, '0', '1'],
      [{ tf32: true }, '0', '1'], // the GPUs of the inventory have none
      [{ deterministic: false }, '0', undefined],
    ] as const) {
      const { id } = await submit(service.url, smallJob(ENDLESS, { resources: asks }))
      const { attempts } = await untilJob(service.url, id, 'runs', ({ status }) => status === 'running')
      const worker = (await workers()).find((one) => one.id === attempts[0]?.worker)
      const child = childOf(worker?.pid === first.pid ? first : second, id)
      const seen = [variableOf(child, 'NVIDIA_TF32_OVERRIDE'), variableOf(child, 'TF_DETERMINISTIC_OPS')]
      assert.deepEqual(seen, [tf32, deterministic], JSON.stringify(asks))
      const { engine, device } = worker ?? {}
      const held = { engine, device, gpus: [], shards: 2, tf32: false, deterministic: true } // as a CPU computes it
      assert.deepEqual(attempts[0]?.computed_by, held)
      await supertest(service.url).post(`/v1/jobs/${id}/cancel`).expect(202)
      await untilJob(service.url, id, 'is cancelled', ({ status }) => status === 'cancelled')
    }
  })

  test('a job of several GPUs is told that no worker computes on so many', async () => {
    const resources = { accelerator: 'gpu', gpus: 4 }
    const job = await submit(service.url, smallJob(3, { resources, training: { batch_size: 8, max_steps: 3 } }))
    assert.equal(job.queue.waiting_for, 'a GPU worker with 4 GPUs: none is online')
    assert.deepEqual([job.spec.resources.shards, job.spec.resources.tf32], ['auto', false])
    await supertest(service.url).post(`/v1/jobs/${job.id}/cancel`).expect(202)
  })

  test('a job that needs more GPU memory than any GPU has is told so, one that any has waits for a GPU worker', async () => {
    const ask = (hiddenSize: number) =>
      submit(
        service.url,
        smallJob(3, { model: { cell: 'lstm', hidden_size: hiddenSize }, resources: { accelerator: 'gpu' } }),
      )
    const large = await ask(1024)
    assert.ok(large.estimate.memory_bytes > LARGEST)
    const said = `a GPU with ${large.estimate.memory_bytes} bytes of memory: the largest online has ${LARGEST}`
    await untilJob(service.url, large.id, 'is told', ({ queue }) => queue.waiting_for === said)
    const small = await ask(16)
    assert.equal(small.queue.waiting_for, 'a GPU worker: none is online')
    for (const { id } of [large, small]) await supertest(service.url).post(`/v1/jobs/${id}/cancel`).expect(202)
  })

  test('a GPU that falls off the bus drains its slot: its job goes on elsewhere, and no other lands there', async () => {
    const worker = await workerOf(first)
    await supertest(service.url)
      .post(`/v1/workers/${(await workerOf(second)).id}/drain`)
      .expect(202)
    const jobs = [await submit(service.url, smallJob(ENDLESS)), await submit(service.url, smallJob(ENDLESS))]
    for (const { id } of jobs) await untilJob(service.url, id, 'runs', ({ status }) => status === 'running')
    const [lost] = uuids(FIRST)
    const job = (await workerOf(first)).slots.find(({ gpu }) => gpu === lost)?.job
    assert.ok(job)
    smi.answer({ rows: fakes.rows(FIRST.slice(1)) })
    const back = await untilJob(service.url, job, 'is back in line', ({ status }) => status === 'queued')
    assert.deepEqual([back.status_reason, back.attempts[0]?.end_reason], ['device_lost', 'device_lost'])
    const now = await workerOf(first)
    assert.deepEqual(
      now.gpus.map(({ fault }) => fault),
      ['is not listed any more', null],
    )
    assert.equal(now.status, 'online')
    await supertest(service.url)
      .post(`/v1/workers/${(await workerOf(second)).id}/undrain`)
      .expect(202)
    const heir = await untilJob(service.url, job, 'runs elsewhere', ({ status }) => status === 'running')
    assert.notEqual(heir.attempts[1]?.worker, worker.id)
    for (const { id } of jobs) await supertest(service.url).post(`/v1/jobs/${id}/cancel`).expect(202)
  })

  test('a worker that is to train on TensorFlow and has none refuses to start, and says why', async () => {
    const shared = { REDIS_URL: redis.url, UNROLL_DATA_DIR: service.dataFolder, XDG_CACHE_HOME: '/nowhere' }
    const worker = spawnWorker({ ...shared, UNROLL_ENGINE: 'tensorflow' })
    assert.equal(await worker.exited, 1)
    const [said] = worker
      .log()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { msg: string })
      .slice(-1)
    assert.match(
      said?.msg ?? '',
      /^Cannot start as UNROLL_ENGINE is "tensorflow": .* libtensorflow as it is not in "\/nowhere/,
    )
  })
})

/** The process that trains a job, as its worker tells in its log. */
function childOf(worker: WorkerProcess, job: string): number | undefined {
  const lines = worker
    .log()
    .split('\n')
    .filter((line) => line.includes('"attempt started"') && line.includes(job))
  return (JSON.parse(lines.at(-1) ?? '{}') as { childPid?: number }).childPid
}

/** The processes of a worker that train or wait for a job; it starts others too, such as nvidia-smi. */
function childrenOf(worker: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === worker && contentsOf(`/proc/${pid}/cmdline`).includes('child.js'))
}

function parentOf(pid: number): number {
  return Number(contentsOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1]) // behind the name: proc(5)
}

/** Empty for a process that has ended. */
function contentsOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The GPU that a process is bound to. */
function deviceOf(pid: number | undefined): string | undefined {
  return variableOf(pid, 'CUDA_VISIBLE_DEVICES')
}

/** A variable of the environment of a process. */
function variableOf(pid: number | undefined, name: string): string | undefined {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  return entries.find((entry) => entry.startsWith(`${name}=`))?.split('=')[1]
}
