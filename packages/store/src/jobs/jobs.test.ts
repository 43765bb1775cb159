import { usesDataset, type JobStatus } from '@unroll/contract'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobListOptions } from './jobs.ts'
import { createJob, runningJob, sampleDataset, sampleSpec, testStore } from '../testing/fixtures.ts'

test('jobs.create() answers the job as it will be read: queued, first in line, with its specification', async (t) => {
  const now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  const { spec, cost } = sampleSpec({ name: 'mine', metadata: { team: 'a' } })
  const { job, replayed } = await store.jobs.create(spec, cost)
  assert.equal(replayed, false)
  assert.deepEqual(await store.jobs.get(job.id), job)
  assert.deepEqual(job, {
    id: job.id,
    object: 'job',
    name: 'mine',
    status: 'queued',
    status_reason: null,
    created_at: '2026-01-02T00:00:00.000Z',
    started_at: null,
    finished_at: null,
    spec,
    estimate: cost,
    progress: { step: 0, max_steps: spec.training.max_steps, eta_seconds: null },
    queue: {
      position: 0,
      waiting_for: 'a worker: none is online',
      eta_seconds: null,
      eta_unknown: 'No slot online has what it asks for',
    },
    attempts: [],
    refused_writes: 0,
    kept: false,
    retry_of: null,
    forked_from: null,
    initialisation: null,
    sweep: null,
    result: null,
    outcome: null,
    error: null,
    metadata: { team: 'a' },
    revision: 0,
  })
  assert.deepEqual(
    (await store.events.list(job.id)).data.map(({ code }) => code),
    ['job_created'],
  )
})

test('jobs.create() with an idempotency key makes one job, however many calls come at once', async (t) => {
  const { store } = await testStore(t)
  const { spec, cost } = sampleSpec()
  const idempotency = { key: 'k', fingerprint: 'f' }
  const answers = await Promise.all(Array.from({ length: 8 }, () => store.jobs.create(spec, cost, { idempotency })))
  assert.equal(new Set(answers.map(({ job }) => job.id)).size, 1)
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1)
  assert.equal((await store.jobs.list()).data.length, 1)
})

test('jobs.create() refuses an idempotency key that came with another body, and keeps a key for a day', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { spec, cost } = sampleSpec()
  await store.jobs.create(spec, cost, { idempotency: { key: 'k', fingerprint: 'one' } })
  await assert.rejects(store.jobs.create(spec, cost, { idempotency: { key: 'k', fingerprint: 'two' } }), {
    code: 'IDEMPOTENCY_KEY_REUSED',
  })
  const [key = ''] = await redis.keys(`{${prefix}}:idempotency:*`)
  const hours = (await redis.pttl(key)) / 3_600_000
  assert.ok(hours > 23.9 && hours <= 24, String(hours))
})

test('jobs.create() refuses a data set that is not there', async (t) => {
  const { store } = await testStore(t)
  const { spec, cost } = sampleSpec({ data: { dataset: sampleDataset().id } })
  assert.ok(usesDataset(spec.data))
  await assert.rejects(store.jobs.create(spec, cost), { code: 'DATASET_NOT_FOUND' })
  assert.equal((await store.jobs.list()).data.length, 0)
})

test('jobs.get() and jobs.cancel() of an unknown job are JOB_NOT_FOUND', async (t) => {
  const { store } = await testStore(t)
  await assert.rejects(store.jobs.get('job_x'), { code: 'JOB_NOT_FOUND' })
  await assert.rejects(store.jobs.cancel('job_x'), { code: 'JOB_NOT_FOUND' })
})

test('jobs.get() tells the place in the queue: by priority, then by age', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const late = await createJob(store, { priority: 200 })
  const older = await createJob(store)
  const newer = await createJob(store)
  const urgent = await createJob(store, { priority: 1 })
  const jobs = await Promise.all([urgent, older, newer, late].map(({ id }) => store.jobs.get(id)))
  assert.deepEqual(
    jobs.map(({ queue }) => queue.position),
    [0, 1, 2, 3],
  )
})

test('jobs.get() estimates the time left of a running job from the pace of its heartbeats', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store, { training: { max_steps: 100 } })
  assert.equal((await store.jobs.get(id)).progress.eta_seconds, null)
  await store.jobs.heartbeat(id, epoch, { step: 60, stepMs: 50 })
  assert.deepEqual((await store.jobs.get(id)).progress, { step: 60, max_steps: 100, eta_seconds: 2 })
})

test('jobs.list() pages through every job that passes the filter once, newest first', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const cells = ['rnn', 'gru', 'lstm'] as const
  const made: { id: string; cell: string; team: string; status: JobStatus }[] = []
  for (let at = 0; at < 30; at++) {
    const cell = cells[at % 3] ?? 'rnn'
    const team = at % 2 === 0 ? 'a' : 'b'
    const { id } = await createJob(store, { model: { cell, hidden_size: 4 }, metadata: { team, at: String(at) } })
    if (at % 5 === 0) await store.jobs.cancel(id)
    made.unshift({ id, cell, team, status: at % 5 === 0 ? 'cancelled' : 'queued' })
  }
  const filters = fc.record(
    {
      status: fc.constantFrom<JobStatus>('queued', 'cancelled', 'running'),
      cell: fc.constantFrom(...cells),
      metadata: fc.constantFrom<Record<string, string>>({ team: 'a' }, { team: 'b', at: '7' }, { none: '' }),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 1, max: 40 }), async (filter: JobListOptions, limit) => {
      const { status, cell, metadata: { team } = {} } = filter
      const wanted = made.filter(
        (job, at) =>
          (status === undefined || job.status === status) &&
          (cell === undefined || job.cell === cell) &&
          (team === undefined || job.team === team) &&
          (filter.metadata?.['at'] === undefined || filter.metadata['at'] === String(29 - at)) &&
          filter.metadata?.['none'] === undefined,
      )
      const ids: string[] = []
      let next: string | null = null
      do {
        const page = await store.jobs.list({ ...filter, limit, ...(next !== null && { after: next }) })
        assert.ok(page.data.length <= limit)
        assert.equal(page.has_more, page.next !== null)
        ids.push(...page.data.map(({ id }) => id))
        next = page.next
      } while (next !== null)
      assert.deepEqual(
        ids,
        wanted.map(({ id }) => id),
      )
    }),
    { numRuns: 60 },
  )
})

test('jobs.list() looks at a bounded number of jobs for a page, and goes on from there with the next', async (t) => {
  const { store, redis, prefix } = await testStore(t, { clock: () => 0 })
  const { id } = await createJob(store)
  const newer = Array.from({ length: 1_050 }, (_, at) => `all:job_000000002${String(at).padStart(11, '0')}`) // a millisecond later
  await redis.zadd(`{${prefix}}:index`, ...newer.flatMap((member) => ['0', member]))
  const first = await store.jobs.list({ cell: 'rnn' })
  assert.deepEqual([first.data, first.has_more], [[], true])
  assert.ok(first.next !== null)
  const second = await store.jobs.list({ cell: 'rnn', after: first.next })
  assert.deepEqual([second.data.map((job) => job.id), second.has_more], [[id], false])
})

test('jobs.list() keeps its place while jobs are added and move', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const made: string[] = []
  for (let at = 0; at < 5; at++) made.unshift((await createJob(store)).id)
  const first = await store.jobs.list({ limit: 2 })
  await createJob(store)
  await store.jobs.cancel(made[3] ?? '')
  assert.ok(first.next !== null)
  const second = await store.jobs.list({ limit: 10, after: first.next })
  assert.deepEqual(
    [...first.data, ...second.data].map(({ id }) => id),
    made,
  )
})

test('jobs.cancel() ends a queued job at once, takes it out of the queue, and answers the same again', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id } = await createJob(store)
  const job = await store.jobs.cancel(id)
  assert.equal(job.status, 'cancelled')
  assert.equal(job.status_reason, 'user_cancelled')
  assert.ok(job.finished_at !== null)
  assert.equal(job.queue.position, null)
  assert.deepEqual(await store.jobs.cancel(id), job)
  assert.equal(await redis.exists(`{${prefix}}:jobs-any:${id}`), 0)
})

test('jobs.cancel() asks the worker of a running job to stop, and answers the same again', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  assert.equal((await store.jobs.cancel(id)).status, 'cancelling')
  assert.equal((await store.jobs.cancel(id)).status, 'cancelling')
  assert.deepEqual(await store.jobs.heartbeat(id, epoch, { step: 3 }), { fenced: false, control: 'cancel' })
  assert.equal(await store.jobs.move(id, epoch, 'cancelled'), 'moved')
  const job = await store.jobs.get(id)
  assert.deepEqual([job.status, job.status_reason], ['cancelled', 'user_cancelled'])
  assert.deepEqual(
    job.attempts.map(({ end_reason, to_step }) => [end_reason, to_step]),
    [['user_cancelled', 3]],
  )
})

for (const status of ['succeeded', 'failed'] as const) {
  test(`jobs.cancel() of a job that has ${status} is JOB_ENDED`, async (t) => {
    const { store } = await testStore(t)
    const { id, epoch } = await runningJob(store)
    await store.jobs.move(id, epoch, status)
    await assert.rejects(store.jobs.cancel(id), { code: 'JOB_ENDED' })
  })
}
