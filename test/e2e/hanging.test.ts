// A part that hangs is noticed by whoever supervises it, and costs no more than one that dies: with the real `npm start`.

import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import supertest from 'supertest'
import type { Job, Worker } from '@unroll/contract'
import { insist } from '../chaos/patient.ts'
import { Hold } from './held.ts'
import { getJob, pollToTheEnd, smallJob, submit, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

const BACK_BOUND_MS = 15_000
/** Of which one must be within the bound: other processes may have the processor while the API starts. */
const TRIES = 3
const STEPS = 24
const HELD_AT = 10

describe('a service whose parts hang, with real processes', { concurrency: false }, () => {
  let hold: Hold
  let service: Service
  before(async () => {
    // An API process spins between the record of the second job that it accepts and the queue.
    hold = await Hold.at(HELD_AT, { 'job.recorded': { action: 'spin', every: 2, times: TRIES } })
    service = await startService({ UNROLL_FAULTS: hold.faults })
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  /** A job that is held at a step. */
  async function heldJob(): Promise<string> {
    await hold.engage()
    const { id } = await submit(service.url, smallJob(STEPS))
    await hold.untilHeld()
    return id
  }

  async function endsWith(id: string, reasons: (string | null)[]): Promise<void> {
    const { steps } = await pollToTheEnd(service.url, id)
    assert.deepEqual(
      steps,
      Array.from({ length: STEPS }, (_, index) => index + 1),
    )
    const { status, attempts } = await getJob(service.url, id)
    assert.equal(status, 'succeeded')
    assert.deepEqual(
      attempts.map(({ end_reason }) => end_reason),
      reasons,
    )
  }

  test(`an API that spins is back within ${BACK_BOUND_MS} ms, its jobs untouched`, async (t) => {
    const id = await heldJob()
    let tries = 1
    while ((await backAfter(t)) >= BACK_BOUND_MS) {
      assert.ok(++tries <= TRIES)
      await submit(service.url, smallJob(3))
    }
    assert.match(service.output(), /^ {2}api has not answered for 7 s: killing it$/m)
    assert.equal(service.output().match(/has ended/g)?.length, tries, 'the rest stays up')

    const { status, attempts, progress } = await insist<Job>(service.url, `/v1/jobs/${id}`)
    assert.deepEqual([status, attempts.length], ['running', 1])
    assert.ok(progress.step > 0)
    await hold.release()
    await endsWith(id, [null])
    const { body } = await supertest(service.url).get('/v1/jobs').expect(200)
    const others = (body as { data: Job[] }).data.filter((job) => job.id !== id)
    assert.equal(others.length, 2 * tries - 1, 'what was recorded before it spun is there')
    for (const other of others) await untilJob(service.url, other.id, 'ends', (job) => job.status === 'succeeded')
  })

  /** How long the API is away whose next job has it spin, in milliseconds. */
  async function backAfter(t: TestContext): Promise<number> {
    const spun = performance.now()
    await assert.rejects(fetch(`${service.url}/v1/jobs`, posted(smallJob(3))), TypeError, 'it never answers')
    await insist(service.url, '/livez')
    const took = performance.now() - spun
    t.diagnostic(`back ${(took / 1000).toFixed(1)} s after it began to spin`)
    return took
  }

  test('a worker that is stopped is killed and started again, and its job goes on', async (t) => {
    const id = await heldJob()
    const pid = await workerOf(service)
    process.kill(pid, 'SIGSTOP')
    const stopped = performance.now()
    await eventually('it is killed', () => /worker has not answered for 7 s/.test(service.output()) || undefined)
    await hold.release()
    await untilJob(service.url, id, 'is taken again', ({ attempts }) => attempts.length === 2)
    t.diagnostic(`taken again ${((performance.now() - stopped) / 1000).toFixed(1)} s after it was stopped`)
    await endsWith(id, ['worker_lost', null])
  })
})

function posted(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

async function workerOf({ url }: Service): Promise<number> {
  const { data } = await insist<{ data: Worker[] }>(url, '/v1/workers')
  assert.equal(data.length, 1)
  return data[0]?.pid ?? 0
}
