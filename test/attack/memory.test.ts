// A job that needs more than it was estimated to, in a real service: it is stopped by its limit, and the others train on.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Job } from '@unroll/contract'
import { ENDLESS, getJob, smallJob, submit, untilJob } from '../e2e/jobs.ts'
import { startService, type Service } from '../e2e/service.ts'

/** What a small job takes beyond its estimate on WebAssembly is up to 100 MiB: code that V8 compiles, and tensors that it has yet to collect. */
const MARGIN_BYTES = 192 * 2 ** 20
/** The estimate counts one window of a few steps; whole sequences are drawn, 131 MB a batch, and eight batches to evaluate with first. */
const HUNGRY = {
  model: { cell: 'rnn', hidden_size: 1 },
  data: { task: 'copy', length: 2 },
  sequence_length: 4000,
  bptt: { mode: 'truncated', k1: 4 },
  training: { batch_size: 4096, max_steps: ENDLESS },
}

const isOver = ({ finished_at }: Job) => finished_at !== null

describe('the memory of a job', { skip: process.platform !== 'linux' }, () => {
  let service: Service
  before(async () => {
    service = await startService({ UNROLL_SLOTS: '2', UNROLL_MEMORY_MARGIN_BYTES: String(MARGIN_BYTES) })
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
  })

  test('is held to its limit: the job ends as out_of_memory at once and for good, and its neighbour trains on', async (t) => {
    const neighbour = await submit(service.url, smallJob(ENDLESS))
    const hungry = await submit(service.url, HUNGRY)
    const { status_reason: reason, error, attempts, estimate } = await untilJob(service.url, hungry.id, 'ends', isOver)
    assert.equal(reason, 'out_of_memory')
    assert.match(error?.message ?? '', /takes more than \d+ bytes of memory/)
    assert.equal(attempts.length, 1, 'it is not tried again')
    assert.ok(estimate.memory_bytes < MARGIN_BYTES, `${estimate.memory_bytes} bytes were estimated`)
    const { progress } = await getJob(service.url, neighbour.id)
    const goesOn = (job: Job) => job.progress.step > progress.step || isOver(job)
    const { status, attempts: others } = await untilJob(service.url, neighbour.id, 'trains on', goesOn)
    assert.deepEqual([status, others.length], ['running', 1])
    await supertest(service.url).post(`/v1/jobs/${neighbour.id}/cancel`).expect(202)
    t.diagnostic(`estimate ${estimate.memory_bytes} bytes, limit ${2 * estimate.memory_bytes + MARGIN_BYTES}`)
  })
})
