import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { FAST, atEnd, createJob, eventually, runningJob, testStore } from '../testing/fixtures.ts'

const DEADLINE = { deadline_seconds: 60 }

/** A store whose clock the test moves. */
async function timedStore(t: TestContext) {
  let now = Date.UTC(2026, 0, 2)
  const { store, redis, prefix } = await testStore(t, { clock: () => now })
  const indexed = async () => await redis.zrangebylex(`{${prefix}}:index`, '[due:', '(due;')
  return { store, indexed, pass: (seconds: number) => (now += seconds * 1000) }
}

for (const state of ['queued', 'paused'] as const) {
  test(`a job that is ${state} at its deadline fails with no worker at all`, async (t) => {
    const { store, pass, indexed } = await timedStore(t)
    const { id } = await createJob(store, DEADLINE)
    if (state === 'paused') await store.jobs.pause(id)
    assert.equal((await indexed()).length, 1)
    pass(59)
    assert.equal((await store.jobs.get(id)).status, state)
    assert.equal(await store.queue.expire(), 0)
    pass(1)
    assert.equal(await store.queue.expire(), 1)
    const job = await store.jobs.get(id)
    assert.equal(job.status, 'failed')
    assert.equal(job.status_reason, 'deadline_exceeded')
    assert.deepEqual(job.error, {
      code: 'deadline_exceeded',
      message: 'Cannot go on as deadline_seconds is 60: so long ago the job was created',
      pointer: '/deadline_seconds',
    })
    assert.deepEqual(await indexed(), [])
  })
}

test('a running job is asked to end at its deadline, and its attempt ends it', async (t) => {
  const { store, pass } = await timedStore(t)
  const { id, epoch } = await runningJob(store, DEADLINE)
  let nudges = 0
  await store.control.subscribe(id, () => nudges++)
  pass(60)
  assert.equal(await store.queue.expire(), 0)
  assert.equal((await store.jobs.get(id)).status, 'cancelling')
  await eventually(() => nudges > 0, 60_000)
  assert.deepEqual(await store.jobs.heartbeat(id, epoch, { step: 8 }), { fenced: false, control: 'expire' })
  assert.equal(await store.jobs.move(id, epoch, 'failed', { reason: 'deadline_exceeded' }), 'moved')
  assert.equal(await store.jobs.move(id, epoch, 'failed', { reason: 'deadline_exceeded' }), 'moved')
  const { status, status_reason, error, attempts } = await store.jobs.get(id)
  assert.deepEqual([status, status_reason, error?.code], ['failed', 'deadline_exceeded', 'deadline_exceeded'])
  assert.deepEqual(
    attempts.map(({ end_reason, to_step }) => [end_reason, to_step]),
    [['deadline_exceeded', 8]],
  )
})

test('a job whose worker does not stop fails when the grace is over, and the worker is fenced', async (t) => {
  const { store, pass } = await timedStore(t)
  const { id, epoch } = await runningJob(store, DEADLINE)
  pass(60)
  assert.equal(await store.queue.expire(), 0)
  pass(FAST.deadlineGraceMs / 1000)
  assert.equal(await store.queue.expire(), 1)
  assert.equal((await store.jobs.get(id)).status, 'failed')
  assert.equal((await store.jobs.heartbeat(id, epoch, { step: 9 })).fenced, true)
})

test('a job that was asked to end at its deadline, and whose worker is lost, fails', async (t) => {
  const { store, pass } = await timedStore(t)
  const { id, epoch } = await runningJob(store, DEADLINE)
  pass(60)
  await store.queue.expire()
  await store.jobs.move(id, epoch, 'interrupted', { reason: 'engine_error' })
  const { status, status_reason } = await store.jobs.get(id)
  assert.deepEqual([status, status_reason], ['failed', 'deadline_exceeded'])
})

test('a job that ends before its deadline keeps its end, and a job without one has none', async (t) => {
  const { store, pass, indexed } = await timedStore(t)
  const { id, epoch } = await runningJob(store, DEADLINE)
  const endless = await createJob(store)
  await store.jobs.move(id, epoch, 'succeeded')
  assert.deepEqual(await indexed(), [])
  pass(1_000_000)
  assert.equal(await store.queue.expire(), 0)
  assert.equal((await store.jobs.get(id)).status, 'succeeded')
  assert.equal((await store.jobs.get(endless.id)).status, 'queued')
})

test('expire() ends more jobs than it reads at a time', async (t) => {
  const { store, pass } = await timedStore(t)
  const held = await runningJob(store, DEADLINE) // stays on the list, before the others
  for (let at = 0; at < 210; at++) await createJob(store, DEADLINE)
  pass(60)
  assert.equal(await store.queue.expire(), 210)
  assert.deepEqual(await store.jobs.count().then(({ failed, cancelling }) => [failed, cancelling]), [210, 1])
  assert.equal((await store.jobs.get(held.id)).status_reason, 'deadline_exceeded')
})

test('watch() sees to deadlines when no worker is left', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store, { deadline_seconds: 1 })
  const watch = store.queue.watch()
  atEnd(t, () => watch.close())
  await eventually(async () => (await store.jobs.get(id)).status === 'failed', 60_000)
})

const FAST_MS = 2 * 3_600_000

test('a process whose clock is two hours fast neither fails the jobs of others nor dates its own by that clock', async (t) => {
  const { store } = await testStore(t)
  const healthy = await createJob(store, DEADLINE)
  const running = await runningJob(store, DEADLINE)
  const true_ms = Date.now
  t.mock.method(Date, 'now', () => true_ms() + FAST_MS)
  assert.equal(await store.queue.expire(), 0)
  const own = await createJob(store, { deadline_seconds: 1 })
  assert.ok(Math.abs(Date.parse(own.created_at) - true_ms()) < FAST_MS / 2, own.created_at)
  t.mock.reset()
  const later = await createJob(store)

  for (const [id, status] of [
    [healthy.id, 'queued'],
    [running.id, 'running'],
  ] as const)
    assert.equal((await store.jobs.get(id)).status, status)
  assert.ok(own.id < later.id, 'jobs are in order of arrival, whatever the clocks of those who took them')
  await eventually(async () => (await store.queue.expire()) === 1)
  assert.equal((await store.jobs.get(own.id)).status_reason, 'deadline_exceeded')
})
