import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import supertest from 'supertest'
import { UnrollClient } from '@unroll/client'
import type { Job } from '@unroll/contract'
import { Hold, untilAskedToStop } from './held.ts'
import { ENDLESS, getJob, pollToTheEnd, smallJob, submit, untilJob } from './jobs.ts'
import { startService, type Service } from './service.ts'

const STEPS = 24
const HELD_AT = 10
const BOUND_MS = 10_000 // a tenth of a second, and a checkpoint, on a machine with nothing else to do
const DEADLINE_BOUND_MS = 5_500 // TIMING.deadlineCheckMs + TIMING.deadlineGraceMs

describe('control of jobs, with real Redis and real worker processes', { concurrency: false }, () => {
  let hold: Hold
  let service: Service
  before(async () => {
    hold = await Hold.at(HELD_AT)
    service = await startService({ UNROLL_FAULTS: hold.faults })
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  const ask = async (id: string, verb: string): Promise<Job> =>
    (await supertest(service.url).post(`/v1/jobs/${id}/${verb}`).expect(202)).body as Job
  const until = (id: string, wanted: Job['status']) =>
    untilJob(service.url, id, `is ${wanted}`, ({ status }) => status === wanted)

  test('a job that trains is paused, lets others train, and goes on to the same end', async (t) => {
    const undisturbed = await submit(service.url, smallJob(STEPS))
    const expected = await pollToTheEnd(service.url, undisturbed.id)

    await hold.engage()
    const job = await submit(service.url, smallJob(STEPS))
    await hold.untilHeld()
    const asked = performance.now()
    await ask(job.id, 'pause')
    await untilAskedToStop(service, job.id)
    await hold.release()
    const paused = await until(job.id, 'paused')
    const took = performance.now() - asked
    t.diagnostic(`paused after ${took.toFixed(0)} ms, at step ${paused.progress.step}`)
    assert.ok(took < BOUND_MS)
    assert.equal(paused.status_reason, 'user_paused')
    assert.ok(paused.progress.step >= HELD_AT && paused.progress.step < STEPS)

    const other = await submit(service.url, smallJob(5))
    await until(other.id, 'succeeded')
    assert.equal((await getJob(service.url, job.id)).status, 'paused')

    await ask(job.id, 'resume')
    const { steps, series } = await pollToTheEnd(service.url, job.id)
    assert.deepEqual(steps, expected.steps)
    assert.deepEqual(series['loss'], expected.series['loss'])
    const ended = await getJob(service.url, job.id)
    assert.equal(ended.status, 'succeeded')
    assert.deepEqual(
      ended.attempts.map(({ end_reason }) => end_reason),
      ['user_paused', null],
    )
  })

  test('a job of a new, more urgent priority is taken before older ones', async () => {
    const running = await submit(service.url, smallJob(ENDLESS))
    await until(running.id, 'running')
    const [older, newer] = [await submit(service.url, smallJob(3)), await submit(service.url, smallJob(3))]
    await supertest(service.url).patch(`/v1/jobs/${newer.id}`).send({ priority: 1 }).expect(200)
    await ask(running.id, 'cancel')
    const [first, second] = [await until(newer.id, 'succeeded'), await until(older.id, 'succeeded')]
    assert.ok(String(first.started_at) < String(second.started_at))
  })

  test('a job that trains past its deadline fails with every step it made', async (t) => {
    let seconds = 3
    // Until the deadline is long enough for this machine to have begun by then.
    while ((await stepsUntilDeadline(t, seconds)) === 0) assert.ok((seconds *= 2) < 100)
  })

  async function stepsUntilDeadline(t: TestContext, seconds: number): Promise<number> {
    const job = await submit(service.url, smallJob(ENDLESS, { deadline_seconds: seconds }))
    const { steps } = await pollToTheEnd(service.url, job.id)
    const ended = await getJob(service.url, job.id)
    assert.deepEqual([ended.status, ended.status_reason], ['failed', 'deadline_exceeded'])
    const late = Date.parse(String(ended.finished_at)) - Date.parse(job.created_at) - seconds * 1_000
    t.diagnostic(`failed ${late} ms after its deadline of ${seconds} s, at step ${ended.progress.step}`)
    assert.ok(late >= 0 && late < DEADLINE_BOUND_MS)
    assert.equal(steps.length, ended.progress.step)
    return steps.length
  }

  test('a job that is retried from its last checkpoint with more steps goes on as if it had always had them', async () => {
    const longer = await submit(service.url, smallJob(30))
    const expected = await pollToTheEnd(service.url, longer.id)
    const old = await submit(service.url, smallJob(15, { checkpoint: { every_steps: 5 } }))
    await until(old.id, 'succeeded')
    const { body } = await supertest(service.url)
      .post(`/v1/jobs/${old.id}/retry`)
      .send({ from_checkpoint: 'latest', changes: { training: { max_steps: 30 } } })
      .expect(202)
    const made = body as Job
    assert.deepEqual([made.retry_of, made.forked_from?.step], [old.id, 15])
    const { steps, series } = await pollToTheEnd(service.url, made.id)
    assert.deepEqual(steps, expected.steps.slice(15))
    assert.deepEqual(series['loss'], expected.series['loss']?.slice(15))
    assert.equal((await getJob(service.url, made.id)).status, 'succeeded')
  })

  test('a fork is the run that it goes on from up to its step, and after it as long as nothing is changed', async () => {
    const old = await submit(service.url, smallJob(20, { checkpoint: { every_steps: 6, keep_latest: 2 } }))
    const expected = await pollToTheEnd(service.url, old.id)
    const fork = async (changes: object) => {
      const { body } = await supertest(service.url)
        .post(`/v1/jobs/${old.id}/fork`)
        .send({ step: 15, changes })
        .expect(202)
      return body as Job
    }
    const [same, other] = [await fork({}), await fork({ clipping: { policy: 'norm', threshold: 1e-3 } })]
    assert.equal(same.forked_from?.job, old.id)
    const [again, changed] = [await pollToTheEnd(service.url, same.id), await pollToTheEnd(service.url, other.id)]
    assert.deepEqual(again.steps, expected.steps.slice(15))
    assert.deepEqual(again.series['loss'], expected.series['loss']?.slice(15))
    assert.equal(changed.series['loss']?.[0], expected.series['loss']?.[15])
    assert.notEqual(changed.series['loss']?.at(-1), expected.series['loss']?.at(-1))
    const client = new UnrollClient({ baseUrl: service.url })
    const { data } = await client.jobs.checkpoints(same.id)
    assert.ok(data.every(({ step }) => step >= 15) && data.length > 0)
    const replay = await client.jobs.replay(same.id, { step: 17 })
    const { result } = await client.jobs.replayEnd(same.id, replay.id)
    assert.deepEqual([result?.verified.equal, result?.verified.first_difference], [result?.verified.rows, null])
    assert.ok(result!.verified.rows > 0)
  })
})
