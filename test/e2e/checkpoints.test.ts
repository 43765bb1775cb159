// A run that is broken off in any way ends with the weights and the metrics of one that was left alone, bit for bit.

import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { decodeSafetensors } from '@unroll/formats'
import { CHECKPOINT_FORMAT_NAMES, type Checkpoint, type Job, type JobEvent, type Worker } from '@unroll/contract'
import { Hold, untilAskedToStop } from './held.ts'
import { getJob, pollToTheEnd, smallJob, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const STEPS = 24
const EVERY = 4
/** Runs that are broken off wait here: the second checkpoint is written before the third is begun. */
const HELD_AT = 3 * EVERY + 2
/** How long a child may neither say anything nor compute. */
const SILENCE_S = 5
const JOB = smallJob(STEPS, {
  checkpoint: { every_steps: EVERY, keep_latest: 3 },
  clipping: { policy: 'zscore', z: 1 },
  optimizer: { type: 'adam', schedule: { type: 'cosine' } },
})

describe('checkpoints, with real Redis and real worker processes', { concurrency: false }, () => {
  let service: Service
  let hold: Hold
  let expected: Ended
  before(async () => {
    hold = await Hold.at(HELD_AT)
    service = await startService({ UNROLL_FAULTS: hold.faults, UNROLL_CHILD_SILENCE_S: String(SILENCE_S) })
    expected = await ended((await submit(service.url, JOB)).id)
    assert.equal(expected.job.attempts.length, 1)
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  interface Ended {
    job: Job
    steps: number[]
    series: Record<string, unknown[]>
    /** Digest of the last checkpoint's tensors. */
    sha256: string | undefined
  }

  const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T
  const checkpointsOf = async (id: string) =>
    (await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints?limit=100`)).data
  const eventsOf = async (id: string) => (await get<{ data: JobEvent[] }>(`/v1/jobs/${id}/events?limit=100`)).data

  async function ended(id: string): Promise<Ended> {
    const { steps, series } = await pollToTheEnd(service.url, id)
    delete series['step_ms'] // the only one that is no function of the specification
    const [last] = await checkpointsOf(id)
    assert.equal(last?.step, STEPS)
    return { job: await getJob(service.url, id), steps, series, sha256: last.sha256 }
  }

  /** A new job held beyond its second checkpoint, with the worker that has it and the process that trains it. */
  async function halfway(): Promise<{ id: string; worker: Worker; child: number }> {
    await hold.engage()
    const { id } = await submit(service.url, JOB)
    const child = await hold.untilHeld()
    await eventually('a second checkpoint is written', async () =>
      (await checkpointsOf(id)).length >= 2 ? true : undefined,
    )
    const worker = await eventually('a worker has the job', async () =>
      (await get<{ data: Worker[] }>('/v1/workers')).data.find(({ slots }) => slots.some(({ job }) => job === id)),
    )
    return { id, worker, child }
  }

  /** Asserts that the run is the undisturbed one; its attempts meet. Gives the step that the last one went on from. */
  function assertSame({ job, steps, series, sha256 }: Ended, reasons: (string | null)[]): number {
    assert.deepEqual(steps, expected.steps, 'no step is missing, none is there twice')
    assert.deepEqual(series, expected.series)
    assert.equal(sha256, expected.sha256)
    assert.deepEqual(
      job.attempts.map(({ end_reason }) => end_reason),
      reasons,
    )
    assert.equal(job.attempts[0]?.from_step, 0)
    assert.equal(job.attempts.at(-1)?.to_step, STEPS)
    for (const [index, { from_step }] of job.attempts.entries())
      assert.ok(from_step <= (job.attempts[index - 1]?.to_step ?? 0), 'no step between two attempts is left out')
    return job.attempts.at(-1)?.from_step ?? 0
  }

  test('a checkpoint is exported in every format, as a thread of the API makes it', async () => {
    const { id } = expected.job
    const [{ id: checkpoint, step } = { id: '', step: 0 }] = await checkpointsOf(id)
    const sizes = new Set<number>()
    for (const format of CHECKPOINT_FORMAT_NAMES) {
      const path = `/v1/jobs/${id}/checkpoints/${checkpoint}/content?format=${format}`
      const answer = await supertest(service.url).get(path).responseType('blob').expect(200)
      assert.match(String(answer.headers['content-disposition']), new RegExp(`step-${step}.*\\.`))
      sizes.add((answer.body as Buffer).length)
    }
    assert.equal(sizes.size, CHECKPOINT_FORMAT_NAMES.length)
  })

  test('a run that is left alone keeps its newest states, the last one as a file of all its tensors', async () => {
    const kept = await checkpointsOf(expected.job.id)
    assert.deepEqual(
      kept.slice(0, 3).map(({ step }) => step),
      [STEPS, STEPS - EVERY, STEPS - 2 * EVERY],
    )
    assert.equal(kept.length, 5, 'one that is not newer at the distance of two, and the best of the others')
    assert.ok(kept.some(({ step }) => step === 2 * EVERY))
    const path = `/v1/jobs/${expected.job.id}/checkpoints/${kept[0]?.id}/content`
    const { body } = await supertest(service.url).get(path).expect(200)
    const { tensors } = decodeSafetensors(body as Buffer)
    const names = ['layers.0.Wx', 'layers.1.Wh', 'moments.v.layers.1.b', 'carried.1.c', 'clipping.mean', 'readout.Wo']
    for (const name of names) assert.ok(tensors[name]?.data.every(Number.isFinite), name)
    const folder = join(service.dataFolder, 'artifacts/jobs', expected.job.id)
    const manifests = async () => (await readdir(folder, { recursive: true })).filter((name) => /manifest/.test(name))
    await eventually('what is dropped is deleted', async () =>
      (await manifests()).length === kept.length ? true : undefined,
    )
  })

  test('a child that is killed costs the steps since its last checkpoint, and nothing of the run', async (t) => {
    const { id, child } = await halfway()
    process.kill(child, 'SIGKILL')
    await hold.release()
    const from = assertSame(await ended(id), ['engine_error', null])
    assert.ok([2 * EVERY, 3 * EVERY].includes(from), `${from}`)
    t.diagnostic(`went on from step ${from}`)
  })

  test(
    'a child that is stopped is killed, and costs the steps since its last checkpoint',
    { skip: process.platform !== 'linux' },
    async (t) => {
      const { id, child } = await halfway()
      process.kill(child, 'SIGSTOP')
      const stopped = performance.now()
      await hold.release()
      await untilJob(service.url, id, 'is taken from it', ({ attempts }) => attempts[0]?.end_reason !== null)
      t.diagnostic(`ended ${((performance.now() - stopped) / 1000).toFixed(1)} s after it was stopped`)
      const from = assertSame(await ended(id), ['child_frozen', null])
      assert.ok([2 * EVERY, 3 * EVERY].includes(from), `${from}`)
      const log = await readFile(join(service.dataFolder, 'logs/worker.log'), 'utf8')
      assert.doesNotMatch(log, /a child ended before it had a run/, 'those that wait are left alone')
    },
  )

  test('a worker that is killed costs the steps since its last checkpoint, and nothing of the run', async (t) => {
    const { id, worker } = await halfway()
    process.kill(worker.pid, 'SIGKILL')
    await hold.release()
    const from = assertSame(await ended(id), ['worker_lost', null])
    assert.ok([2 * EVERY, 3 * EVERY].includes(from), `${from}`)
    t.diagnostic(`went on from step ${from}`)
  })

  test('a worker that is asked to stop hands the job back with its state: no step is trained twice', async (t) => {
    const { id, worker } = await halfway()
    process.kill(worker.pid, 'SIGTERM')
    await untilAskedToStop(service, id)
    await hold.release()
    const run = await ended(id)
    const from = assertSame(run, ['worker_draining', null])
    assert.equal(from, run.job.attempts[0]?.to_step)
    assert.ok(from >= HELD_AT && from < STEPS, `${from}`)
    t.diagnostic(`went on from step ${from}`)
  })

  test('a damaged checkpoint is told of and passed over: the run goes on from the one before', async (t) => {
    const { id } = await halfway()
    await supertest(service.url).post(`/v1/jobs/${id}/pause`).expect(202)
    await untilAskedToStop(service, id)
    await hold.release()
    await untilJob(service.url, id, 'is paused', ({ status }) => status === 'paused')
    const [newest, older] = await checkpointsOf(id)
    assert.ok(newest && older)
    const folder = join(service.dataFolder, 'artifacts/jobs', id, 'checkpoints', String(newest.epoch), newest.id)
    await flipBit(join(folder, 'state.safetensors'))
    await supertest(service.url).post(`/v1/jobs/${id}/resume`).expect(202)
    const from = assertSame(await ended(id), ['user_paused', 'checkpoint_corrupt', null])
    assert.equal(from, older.step)
    const told = (await eventsOf(id)).filter(({ code }) => code === 'checkpoint_corrupt')
    assert.deepEqual(
      told.map(({ data }) => data['checkpoint']),
      [newest.id],
    )
    assert.match(String(told[0]?.data['why']), /state\.safetensors must have \d+ bytes of digest/)
    assert.ok((await checkpointsOf(id)).every((checkpoint) => checkpoint.id !== newest.id))
    t.diagnostic(`went on from step ${from} rather than ${newest.step}`)
  })
})

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(path, bytes)
}
