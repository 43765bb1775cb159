import { JOB_STATUSES, isLegalMove, type JobStatus } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../store.ts'
import { createJob, runningJob, testStore } from '../testing/fixtures.ts'

/** Brings a new job into a state; the epoch of its newest attempt comes back. `interrupted` is never stayed in. */
const BRING: Record<Exclude<JobStatus, 'interrupted'>, (store: Store) => Promise<{ id: string; epoch: number }>> = {
  queued: async (store) => ({ id: (await createJob(store)).id, epoch: 0 }),
  starting: async (store) => {
    const { id } = await createJob(store)
    await store.jobs.claim(id, 'wrk_1')
    return { id, epoch: 1 }
  },
  running: runningJob,
  pausing: (store) => running(store, 'pausing'),
  paused: (store) => running(store, 'pausing', 'paused'),
  cancelling: (store) => running(store, 'cancelling'),
  succeeded: (store) => running(store, 'succeeded'),
  failed: (store) => running(store, 'failed'),
  cancelled: (store) => running(store, 'cancelling', 'cancelled'),
}
const HELD: readonly JobStatus[] = ['starting', 'running', 'pausing', 'cancelling']
const GOES_ON_TO: Partial<Record<JobStatus, JobStatus>> = { pausing: 'paused', cancelling: 'cancelled' }

async function running(store: Store, ...moves: JobStatus[]) {
  const job = await runningJob(store)
  for (const to of moves) assert.equal(await store.jobs.move(job.id, job.epoch, to), 'moved')
  return job
}

for (const from of Object.keys(BRING) as (keyof typeof BRING)[]) {
  test(`jobs.move() from ${from} makes the legal moves of a holder and no other`, async (t) => {
    const { store } = await testStore(t)
    for (const to of JOB_STATUSES) {
      const { id, epoch } = await BRING[from](store)
      const before = (await store.events.list(id)).data.length
      const outcome = await store.jobs.move(id, epoch, to)
      const { status } = await store.jobs.get(id)
      const events = (await store.events.list(id)).data.slice(before).map(({ code }) => code)
      const isLegal = HELD.includes(from) && isLegalMove(from, to)
      const expected = from === to || isLegal ? 'moved' : HELD.includes(from) ? 'illegal' : 'fenced'
      assert.equal(outcome, expected, `${from} → ${to}`)
      if (!isLegal) {
        assert.equal(status, from, `${from} → ${to}`)
        assert.deepEqual(events, [], `${from} → ${to}`)
        continue
      }
      assert.equal(status, to === 'interrupted' ? (GOES_ON_TO[from] ?? 'queued') : to)
      assert.equal(events[0], `job_${to}`)
    }
  })
}

test('jobs.claim() hands a queued job out once, with a new epoch and an open attempt', async (t) => {
  const now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  const { id, spec } = await createJob(store)
  assert.deepEqual(await store.jobs.claim(id, 'wrk_1'), {
    epoch: 1,
    spec,
    fromStep: 0,
    checkpoints: [],
    ageMs: 0,
  })
  const job = await store.jobs.get(id)
  assert.equal(job.status, 'starting')
  assert.deepEqual(job.attempts, [
    {
      epoch: 1,
      worker: 'wrk_1',
      started_at: '2026-01-02T00:00:00.000Z',
      ended_at: null,
      from_step: 0,
      to_step: 0,
      end_reason: null,
      computed_by: null,
    },
  ])
})

test('jobs.claim() refuses jobs that are not to be run, and says why', async (t) => {
  const { store } = await testStore(t)
  assert.deepEqual(await store.jobs.claim('job_x', 'wrk_1'), { refused: 'not_found' })
  for (const [from, refused] of [
    ['succeeded', 'final'],
    ['failed', 'final'],
    ['cancelled', 'final'],
    ['paused', 'paused'],
  ] as const) {
    const { id } = await BRING[from](store)
    assert.deepEqual(await store.jobs.claim(id, 'wrk_2'), { refused }, from)
  }
})

for (const from of ['starting', 'running'] as const) {
  test(`jobs.claim() of a job delivered again while ${from} closes the lost attempt and goes on`, async (t) => {
    const { store } = await testStore(t)
    const { id } = await BRING[from](store)
    await store.jobs.heartbeat(id, 1, { step: 7 })
    const before = (await store.events.list(id)).data.length
    const claim = await store.jobs.claim(id, 'wrk_2')
    assert.equal('epoch' in claim && claim.epoch, 2)
    const { status, attempts, progress } = await store.jobs.get(id)
    assert.deepEqual([status, progress.step], ['starting', 0])
    assert.deepEqual(
      attempts.map(({ worker, end_reason, to_step }) => [worker, end_reason, to_step]),
      [
        ['wrk_1', 'worker_lost', 7],
        ['wrk_2', null, 0],
      ],
    )
    const events = (await store.events.list(id)).data.slice(before)
    assert.deepEqual(
      events.map(({ code, data }) => [code, data['from'], data['epoch']]),
      [
        ['job_interrupted', from, 1],
        ['job_requeued', 'interrupted', 1],
        ['job_starting', 'queued', 2],
      ],
    )
  })
}

test('jobs.claim() of a lost job that was asked to stop lets it stop', async (t) => {
  const { store } = await testStore(t)
  for (const [from, end, refused] of [
    ['cancelling', 'cancelled', 'final'],
    ['pausing', 'paused', 'paused'],
  ] as const) {
    const { id } = await BRING[from](store)
    assert.deepEqual(await store.jobs.claim(id, 'wrk_2'), { refused })
    const { status, attempts } = await store.jobs.get(id)
    assert.deepEqual([status, attempts.length, attempts[0]?.end_reason], [end, 1, 'worker_lost'])
  }
})

test('jobs.claim() starts a job again max_restarts times, then fails it', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store, { max_restarts: 2 })
  for (const epoch of [1, 2, 3]) {
    const claim = await store.jobs.claim(id, 'wrk_1')
    assert.equal('epoch' in claim && claim.epoch, epoch)
  }
  assert.deepEqual(await store.jobs.claim(id, 'wrk_1'), { refused: 'restarts_exhausted' })
  const { status, status_reason, error, attempts } = await store.jobs.get(id)
  assert.deepEqual([status, status_reason, attempts.length], ['failed', 'restarts_exhausted', 3])
  assert.deepEqual(error, {
    code: 'restarts_exhausted',
    message: 'Cannot start the job again as max_restarts is 2: it broke down 3 times, last by worker_lost',
    pointer: '/max_restarts',
  })
})

for (const reason of ['engine_error', 'child_frozen'] as const) {
  test(`jobs.move() to interrupted by ${reason} costs a restart, so that a job that always breaks down ends`, async (t) => {
    const { store } = await testStore(t)
    const { id } = await createJob(store, { max_restarts: 1 })
    for (const epoch of [1, 2]) {
      await store.jobs.claim(id, 'wrk_1')
      assert.equal(await store.jobs.move(id, epoch, 'interrupted', { reason }), 'moved')
    }
    const { status, status_reason, attempts } = await store.jobs.get(id)
    assert.deepEqual([status, status_reason, attempts.length], ['failed', 'restarts_exhausted', 2])
  })
}

test('jobs.move() to interrupted by a draining worker costs no restart', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store, { max_restarts: 0 })
  for (const epoch of [1, 2, 3]) {
    const claim = await store.jobs.claim(id, 'wrk_1')
    assert.equal('epoch' in claim && claim.epoch, epoch)
    assert.equal(await store.jobs.move(id, epoch, 'interrupted', { reason: 'worker_draining' }), 'moved')
  }
  const { status, status_reason } = await store.jobs.get(id)
  assert.deepEqual([status, status_reason], ['queued', 'worker_draining'])
})

test('jobs.move() keeps what computes an attempt, also when the attempt has ended and another began', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  const computedBy = { engine: 'tensorflow', device: 'cpu', gpus: [], shards: 2, tf32: false, deterministic: true }
  const onGpus = { ...computedBy, device: 'cuda', gpus: ['GPU-1', 'GPU-2'], tf32: true }
  for (const [at, by] of [computedBy, onGpus].entries()) {
    await store.jobs.claim(id, 'wrk_1')
    assert.equal(await store.jobs.move(id, at + 1, 'running', { computedBy: by }), 'moved')
    assert.equal(await store.jobs.move(id, at + 1, 'interrupted', { reason: 'worker_draining' }), 'moved')
  }
  await store.jobs.claim(id, 'wrk_1')
  const { attempts } = await store.jobs.get(id)
  assert.deepEqual(
    attempts.map(({ computed_by }) => computed_by),
    [computedBy, onGpus, null],
  )
})

test('jobs.move() to an end keeps reason, error and result, with non-finite numbers by name', async (t) => {
  const now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  const { id, epoch } = await runningJob(store)
  const error = { code: 'nonfinite_loss', message: 'Loss is NaN', pointer: null }
  const result = { loss: NaN, grad_norm: Infinity, accuracy: 0.5 }
  assert.equal(await store.jobs.move(id, epoch, 'failed', { reason: 'nonfinite_loss', error, result }), 'moved')
  const job = await store.jobs.get(id)
  assert.deepEqual(job.error, error)
  assert.deepEqual(job.result, { loss: 'NaN', grad_norm: 'Infinity', accuracy: 0.5 })
  assert.deepEqual(
    [job.status_reason, job.started_at, job.finished_at],
    ['nonfinite_loss', job.created_at, job.created_at],
  )
  assert.equal(job.attempts[0]?.end_reason, 'nonfinite_loss')
  const last = (await store.events.list(id, { limit: 100 })).data.at(-1)
  assert.deepEqual(last?.data, { from: 'running', epoch: 1, reason: 'nonfinite_loss', error })
})

test('a worker whose job was given to another writes nothing more: every call is fenced', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  await store.jobs.claim(id, 'wrk_2')
  const before = await store.jobs.get(id)
  const frame = { firstSeq: 1, rows: [{ step: 1, series: { loss: 1 } }] }
  assert.equal(await store.jobs.move(id, epoch, 'succeeded'), 'fenced')
  assert.deepEqual(await store.jobs.heartbeat(id, epoch, { step: 9 }), { fenced: true, control: 'none' })
  assert.equal(await store.metrics.append(id, epoch, frame), 'fenced')
  assert.equal(await store.events.append(id, epoch, { number: 1, code: 'evaluated' }), 'fenced')
  assert.deepEqual(await store.jobs.get(id), { ...before, refused_writes: 4 })
  assert.deepEqual((await store.metrics.read(id)).blocks, [])
  const events = (await store.events.list(id, { limit: 100 })).data
  assert.deepEqual(
    events.filter(({ code }) => code === 'writes_refused').map(({ data }) => data),
    [{ epoch: 1, newest_epoch: 2 }],
  )
})

test('a worker whose attempt has ended is fenced too', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await running(store, 'succeeded')
  assert.equal((await store.jobs.heartbeat(id, epoch, { step: 1 })).fenced, true)
  assert.equal(await store.events.append(id, epoch, { number: 1, code: 'evaluated' }), 'fenced')
  assert.equal(await store.jobs.move('job_x', 1, 'running'), 'fenced')
})
