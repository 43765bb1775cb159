// A job that makes room for a more urgent one goes on afterwards as if nothing had been, whatever dies meanwhile.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Failpoint } from '@unroll/failpoints'
import type { Checkpoint, Job, JobEvent, Worker } from '@unroll/contract'
import { Hold, untilAskedToStop } from './held.ts'
import { getJob, pollToTheEnd, smallJob, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'
import { startRedis, startWorker, type OwnRedis, type WorkerProcess } from './workers.ts'

const STEPS = 24
const HELD_AT = 10
/** Saved when it is preempted and at its end alone: nothing else writes a checkpoint. */
const LOW = smallJob(STEPS, { priority: 200, checkpoint: { every_steps: 1_000 }, max_restarts: 1 })
/** Ends before the row at which runs are held. */
const URGENT = smallJob(5, { priority: 1 })
/** On WebAssembly, which starts with the least work: each death is that of a worker of its own. */
const PREEMPTION = { UNROLL_PREEMPTION_AFTER_S: '1', UNROLL_LOCK_MS: '3000', UNROLL_ENGINE: 'wasm' }

/** Where the worker dies, and how the attempt ends that it was about to hand over. */
const DEATHS: [point: Failpoint, what: string, reason: string][] = [
  ['checkpoint.before_register', 'the job is saved, and nobody knows', 'worker_lost'],
  ['attempt.before_conclusion', 'the saved state counts, and the job is not back in line', 'worker_lost'],
  ['attempt.concluded', 'the job is back in line, and the queue does not know', 'preempted'],
]

describe('preemption, with real Redis and real worker processes', { concurrency: false }, () => {
  let redis: OwnRedis
  let hold: Hold
  let service: Service
  let own: Worker
  let expected: Ended
  const started: WorkerProcess[] = []
  before(async () => {
    redis = await startRedis()
    hold = await Hold.at(HELD_AT)
    service = await startService({ REDIS_URL: redis.url, UNROLL_FAULTS: hold.faults, ...PREEMPTION })
    own = await eventually('the worker of the service is there', async () => (await workers())[0])
    expected = await ended((await submit(service.url, LOW)).id)
    assert.equal(expected.job.attempts.length, 1)
  })
  after(async () => {
    await hold?.close()
    for (const worker of started) worker.signal('SIGKILL')
    assert.equal(await service.stop(), 0, service.output())
    await redis.stop()
  })

  interface Ended {
    job: Job
    steps: number[]
    series: Record<string, unknown[]>
    /** Digest of the last checkpoint's tensors. */
    sha256: string | undefined
  }

  const get = async <T>(path: string): Promise<T> => (await supertest(service.url).get(path).expect(200)).body as T
  const workers = async () => (await get<{ data: Worker[] }>('/v1/workers')).data
  const steer = (verb: 'drain' | 'undrain') => supertest(service.url).post(`/v1/workers/${own.id}/${verb}`).expect(202)

  async function ended(id: string): Promise<Ended> {
    const { steps, series } = await pollToTheEnd(service.url, id)
    delete series['step_ms'] // the only one that is no function of the specification
    const { data } = await get<{ data: Checkpoint[] }>(`/v1/jobs/${id}/checkpoints`)
    return { job: await getJob(service.url, id), steps, series, sha256: data[0]?.sha256 }
  }

  /** Asserts that a run is the undisturbed one, and how its attempts ended. */
  function assertSame({ job, steps, series, sha256 }: Ended, reasons: (string | null)[]): void {
    assert.equal(job.status, 'succeeded')
    assert.deepEqual(steps, expected.steps, 'no step is missing, none is there twice')
    assert.deepEqual(series, expected.series)
    assert.ok(sha256)
    assert.equal(sha256, expected.sha256)
    assert.deepEqual(
      job.attempts.map(({ end_reason }) => end_reason),
      reasons,
    )
  }

  test('an urgent job gets the slot of a less urgent one, which goes on to the same weights', async (t) => {
    await hold.engage()
    const low = await submit(service.url, LOW)
    await hold.untilHeld()
    const equal = await submit(service.url, smallJob(5, { priority: 200 }))
    const isForecast = ({ queue }: Job) => Number(queue.eta_seconds) > 0
    const forecast = await untilJob(service.url, equal.id, 'is told when it may start', isForecast)
    t.diagnostic(`may start in ${forecast.queue.eta_seconds} s, at the pace that was measured`)
    const urgent = await submit(service.url, URGENT)
    const waits = await untilJob(service.url, urgent.id, 'is to have the slot', ({ queue }) =>
      (queue.waiting_for ?? '').includes(low.id),
    )
    assert.deepEqual([waits.queue.position, waits.queue.eta_seconds], [0, 0])
    await untilAskedToStop(service, low.id)
    await hold.release()

    const [first, run, last] = [await ended(urgent.id), await ended(low.id), await ended(equal.id)]
    assertSame(run, ['preempted', null])
    assert.equal(first.job.status, 'succeeded')
    const [preempted, resumed] = run.job.attempts
    assert.equal(resumed?.from_step, preempted?.to_step, 'no step is trained twice')
    assert.ok((preempted?.to_step ?? 0) >= HELD_AT)
    const startOf = ({ job }: Ended) => job.attempts[0]?.started_at ?? ''
    assert.ok(
      startOf(first) < (resumed?.started_at ?? '') && (resumed?.started_at ?? '') < startOf(last),
      'as they stood in line',
    )
    const { data } = await get<{ data: JobEvent[] }>(`/v1/jobs/${low.id}/events?limit=100`)
    const told = data.filter(({ code, data: { reason } }) => code === 'job_preempting' || reason === 'preempted')
    assert.deepEqual(
      told.map(({ code }) => code),
      ['job_preempting', 'job_interrupted', 'job_requeued'],
    )
    t.diagnostic(`handed over at step ${preempted?.to_step}, ${waits.queue.waiting_for}`)
  })

  for (const [point, what, reason] of DEATHS) {
    test(`a worker that is killed as ${what} loses nothing of either job`, async (t) => {
      const dying = await Hold.at(HELD_AT, { [point]: { action: 'kill', every: 1, times: 1 } })
      t.after(() => dying.close())
      await steer('drain')
      const environment = { REDIS_URL: redis.url, UNROLL_DATA_DIR: service.dataFolder, UNROLL_FAULTS: dying.faults }
      const victim = await startWorker({ ...environment, ...PREEMPTION })
      started.push(victim)
      await dying.engage()
      const low = await submit(service.url, LOW)
      await dying.untilHeld()
      const urgent = await submit(service.url, URGENT)
      await eventually('its worker is asked for the slot', () => /"intent":"preempt"/.test(victim.log()) || undefined)
      await dying.release()
      assert.equal(await victim.exited, null, 'it was killed')
      await steer('undrain')

      assert.equal((await ended(urgent.id)).job.status, 'succeeded')
      const run = await ended(low.id)
      assertSame(run, [reason, null])
      t.diagnostic(`went on from step ${run.job.attempts[1]?.from_step} of ${run.job.attempts[0]?.to_step}`)
    })
  }
})
