import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createJob, runningJob, testStore } from '../testing/fixtures.ts'

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

/** A store whose clock the test moves, and a specification with two receivers. */
async function notifyingStore(t: TestContext) {
  let now = Date.UTC(2026, 0, 2)
  const { store, redis, prefix } = await testStore(t, { clock: () => now })
  const secret = await store.notifications.secrets.keep('default', SECRET)
  const notify = [
    { url: 'https://one.example.org/', on: ['job_cancelled', 'diagnosis_warning'], secret },
    { url: 'https://two.example.org/', on: ['job_cancelled'], secret },
  ]
  const indexed = async () => await redis.zrangebylex(`{${prefix}}:index`, '[notify:', '(notify;')
  return { store, redis, prefix, notify, secret, indexed, pass: (seconds: number) => (now += seconds * 1000) }
}

test('notifications.take() gives an event to each receiver that asked for it, with its secret, once', async (t) => {
  const { store, notify, indexed } = await notifyingStore(t)
  const { id } = await createJob(store, { notify })
  assert.deepEqual(await store.notifications.take(10), [], 'nobody asked for job_created')
  await store.jobs.cancel(id)
  const taken = await store.notifications.take(10)
  const short = id.slice('job_'.length)
  assert.deepEqual(
    taken.map(({ notification, url, secret, attempts }) => ({ ...notification, url, secret, attempts })),
    notify.map(({ url }, receiver) => ({
      id: `dlv_${short}_2_${receiver}`,
      object: 'notification',
      event: 'job_cancelled',
      job: id,
      status: 'cancelled',
      status_reason: 'user_cancelled',
      finding: null,
      created_at: '2026-01-02T00:00:00.000Z',
      url,
      secret: SECRET,
      attempts: 0,
    })),
  )
  assert.deepEqual(await store.notifications.take(10), [])
  await Promise.all(
    taken.map(({ settle }) => settle({ at: '2026-01-02T00:00:00.000Z', answer: 204, error: null }, null)),
  )
  assert.deepEqual(await indexed(), [])
  const { data } = await store.notifications.list(id)
  assert.deepEqual(
    data.map(({ receiver, delivery_status, attempts, next_attempt_at }) => [
      receiver,
      delivery_status,
      attempts.length,
      next_attempt_at,
    ]),
    [
      [1, 'delivered', 1, null],
      [0, 'delivered', 1, null],
    ],
  )
})

test('notifications.take() gives a finding, and gives again what a process took and did not settle', async (t) => {
  const { store, notify, pass } = await notifyingStore(t)
  const { id, epoch } = await runningJob(store, { notify })
  const evidence = { layer: null, timestep: null, from_step: 1, to_step: 7, figures: {} }
  const finding = {
    code: 'exploding',
    first_step: 7,
    until_step: null,
    evidence,
    advice: 'Clip.',
    changes: null,
  } as const
  await store.findings.record(id, epoch, finding)
  const [lost] = await store.notifications.take(1)
  assert.equal(lost?.notification.finding, 'exploding')
  assert.equal(lost.notification.status, 'running')
  pass(59)
  assert.deepEqual(await store.notifications.take(1), [])
  pass(1)
  const [again] = await store.notifications.take(1)
  assert.deepEqual(again?.notification, lost.notification)
  await lost.settle(undefined, null) // too late: another process has it
  assert.equal((await store.notifications.list(id)).data[0]?.delivery_status, 'waiting')
})

test('settle() has a failure tried again after its pause, and given up without one', async (t) => {
  const { store, notify, pass } = await notifyingStore(t)
  const { id } = await createJob(store, { notify: notify.slice(1) })
  await store.jobs.cancel(id)
  const failure = { at: '2026-01-02T00:00:00.000Z', answer: 500, error: 'answered 500' }
  await (await store.notifications.take(1))[0]?.settle(failure, 5_000)
  const [waiting] = (await store.notifications.list(id)).data
  assert.equal(waiting?.next_attempt_at, '2026-01-02T00:00:05.000Z')
  pass(4)
  assert.deepEqual(await store.notifications.take(1), [])
  pass(1)
  const [second] = await store.notifications.take(1)
  assert.equal(second?.attempts, 1)
  await second.settle(failure, null)
  const [given] = (await store.notifications.list(id)).data
  assert.deepEqual([given?.delivery_status, given?.attempts], ['failed', [failure, failure]])
})

test('a deleted job takes its notifications along, also those that are under way', async (t) => {
  const { store, notify, indexed } = await notifyingStore(t)
  const { id } = await createJob(store, { notify })
  await store.jobs.cancel(id)
  const [underWay] = await store.notifications.take(1)
  await store.jobs.delete(id)
  await underWay?.settle({ at: '2026-01-02T00:00:00.000Z', answer: null, error: 'ECONNREFUSED' }, 1)
  assert.deepEqual(await store.notifications.take(10), [])
  assert.deepEqual(await indexed(), [])
  await assert.rejects(store.notifications.list(id), { code: 'JOB_NOT_FOUND' })
})

test('notifications.list() pages from the newest to the oldest, and keeps those of the newest 1,000 events', async (t) => {
  const { store, notify, redis, prefix } = await notifyingStore(t)
  const { id } = await createJob(store, { notify: [{ ...notify[0], on: ['job_paused', 'job_requeued'] }] })
  const listed = async (after?: string): Promise<number[]> => {
    const { data, next } = await store.notifications.list(id, { limit: 1, ...(after !== undefined && { after }) })
    return [...data.map((delivery) => Number(delivery.id.split('_')[2])), ...(next === null ? [] : await listed(next))]
  }
  await store.jobs.pause(id)
  await store.jobs.resume(id)
  assert.deepEqual(await listed(), [3, 2])
  await redis.hset(`{${prefix}}:job:${id}:record`, 'events', 1000) // as if there had been so many
  await store.jobs.pause(id)
  assert.deepEqual(await listed(), [1001, 3, 2])
  await store.jobs.resume(id)
  assert.deepEqual(await listed(), [1002, 1001, 3])
})

test('jobs.create() refuses a secret that no reference stands for, and stores nothing', async (t) => {
  const { store, notify } = await notifyingStore(t)
  await assert.rejects(createJob(store, { notify: [{ ...notify[0], secret: SECRET }] }), /references must stand for/)
  assert.deepEqual((await store.jobs.list()).data, [])
})

test('secrets of an owner have one reference each, which is of no use to another owner', async (t) => {
  const { store, secret } = await notifyingStore(t)
  const { secrets } = store.notifications
  assert.match(secret, /^secret_[0-9a-f]{32}$/)
  assert.equal(await secrets.keep('default', SECRET), secret)
  assert.equal(await secrets.find('default', secret), SECRET)
  assert.equal(await secrets.find('vision', secret), null)
  assert.notEqual(await secrets.keep('vision', SECRET), secret)
})
