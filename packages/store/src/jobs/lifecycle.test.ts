import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobPatch, JobStatus } from '@unroll/contract'
import type { Store } from '../store.ts'
import { KEEP_ALL, atEnd, createJob, eventually, runningJob, sampleCheckpoint, testStore } from '../testing/fixtures.ts'

const FINAL = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly JobStatus[]

async function endedJob(store: Store, status: (typeof FINAL)[number]): Promise<string> {
  const { id, epoch } = await runningJob(store)
  if (status === 'cancelled') await store.jobs.cancel(id)
  assert.equal(await store.jobs.move(id, epoch, status), 'moved')
  return id
}

test('jobs.pause() of a queued job takes it out of the queue at once, and jobs.resume() puts it back', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id } = await createJob(store)
  const delivery = `{${prefix}}:jobs-any:${id}`
  for (const repeat of [1, 2]) {
    const { status, status_reason, queue } = await store.jobs.pause(id)
    assert.deepEqual([status, status_reason], ['paused', 'user_paused'], `call ${repeat}`)
    assert.deepEqual(queue, { position: null, waiting_for: 'to be resumed', eta_seconds: null, eta_unknown: null })
  }
  assert.equal(await redis.exists(delivery), 0)
  for (const repeat of [1, 2]) {
    const { status, status_reason, queue } = await store.jobs.resume(id)
    assert.deepEqual([status, status_reason, queue.position], ['queued', null, 0], `call ${repeat}`)
  }
  assert.equal(await redis.exists(delivery), 1)
  assert.deepEqual(
    (await store.events.list(id)).data.map(({ code }) => code),
    ['job_created', 'job_paused', 'job_requeued'],
  )
})

test('jobs.pause() of a running job asks its worker to stop; the next attempt may start once it has', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  assert.equal((await store.jobs.pause(id)).status, 'pausing')
  assert.equal((await store.jobs.heartbeat(id, epoch, { step: 3 })).control, 'pause')
  await assert.rejects(store.jobs.resume(id), { code: 'JOB_BUSY' })
  assert.equal(await store.jobs.move(id, epoch, 'paused'), 'moved')
  assert.equal((await store.jobs.resume(id)).status, 'queued')
  const { status, attempts } = await store.jobs.get(id)
  assert.deepEqual([status, attempts.map(({ end_reason }) => end_reason)], ['queued', ['user_paused']])
})

test('jobs.resume() before the queue knows that the worker has stopped loses no job', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  let attempts = 0
  const consumer = store.queue.consume(
    async (jobId) => {
      const claim = await store.jobs.claim(jobId, 'wrk_1')
      assert.ok('epoch' in claim)
      if (++attempts === 2) {
        await store.jobs.move(jobId, claim.epoch, 'failed')
        return 'done'
      }
      await store.jobs.pause(jobId)
      await store.jobs.move(jobId, claim.epoch, 'paused')
      await store.jobs.resume(jobId) // the queue still has the delivery
      return 'done'
    },
    { slots: 1 },
  )
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  await eventually(() => attempts === 2, 60_000)
  assert.equal((await store.jobs.get(id)).attempts.length, 2)
})

test('jobs.cancel() of a paused job, and of one that is pausing, cancels it', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  await store.jobs.pause(id)
  assert.equal((await store.jobs.cancel(id)).status, 'cancelled')
  const held = await runningJob(store)
  await store.jobs.pause(held.id)
  assert.equal((await store.jobs.cancel(held.id)).status, 'cancelling')
  assert.equal((await store.jobs.heartbeat(held.id, held.epoch, { step: 1 })).control, 'cancel')
})

for (const status of FINAL) {
  test(`jobs.pause() and jobs.resume() of a job that has ${status} are JOB_ENDED`, async (t) => {
    const { store } = await testStore(t)
    const id = await endedJob(store, status)
    await assert.rejects(store.jobs.pause(id), { code: 'JOB_ENDED' })
    await assert.rejects(store.jobs.resume(id), { code: 'JOB_ENDED' })
  })
}

test('jobs.pause() and jobs.resume() of a job that is being cancelled are JOB_ENDED', async (t) => {
  const { store } = await testStore(t)
  const { id } = await runningJob(store)
  await store.jobs.cancel(id)
  await assert.rejects(store.jobs.pause(id), { code: 'JOB_ENDED' })
  await assert.rejects(store.jobs.resume(id), { code: 'JOB_ENDED' })
})

test('every request for a job that is not there is JOB_NOT_FOUND', async (t) => {
  const { jobs } = (await testStore(t)).store
  const requests = [jobs.cancel, jobs.pause, jobs.resume, jobs.delete, (id: string) => jobs.update(id, { priority: 1 })]
  for (const request of requests) await assert.rejects(request('job_x'), { code: 'JOB_NOT_FOUND' })
})

const CHANGES: [patch: JobPatch, changed: object][] = [
  [{ name: 'other' }, { name: 'other' }],
  [{ priority: 7 }, {}],
  [{ metadata: { b: '2' } }, { metadata: { a: '1', b: '2' } }],
  [{ metadata: { a: null } }, { metadata: {} }],
]
for (const [patch, changed] of CHANGES) {
  test(`jobs.update() with ${JSON.stringify(patch)} changes that alone`, async (t) => {
    const { store } = await testStore(t)
    const before = await createJob(store, { name: 'one', metadata: { a: '1' } })
    const after = await store.jobs.update(before.id, patch)
    const metadata = 'metadata' in changed ? changed : {}
    const spec = { ...before.spec, ...(patch.priority && { priority: patch.priority }), ...changed, ...metadata }
    assert.deepEqual(after, { ...before, ...changed, spec, revision: before.revision + 1 })
    const last = (await store.events.list(before.id)).data.at(-1)
    assert.deepEqual([last?.code, last?.data], ['job_updated', patch])
  })
}

test('jobs.update() finds a job by its new metadata, and its id as name when the name is removed', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store, { name: 'one' })
  assert.equal((await store.jobs.update(id, { name: null, metadata: { team: 'b' } })).name, id)
  assert.equal((await store.jobs.list({ metadata: { team: 'b' } })).data.length, 1)
})

test('jobs.update() of a priority moves a waiting job, in its record and in the queue', async (t) => {
  let now = Date.now()
  const { store } = await testStore(t, { clock: () => now++ })
  const made: string[] = []
  for (let at = 0; at < 3; at++) made.push((await createJob(store)).id)
  const moved = await store.jobs.update(made[2] ?? '', { priority: 1 })
  assert.equal(moved.queue.position, 0)
  const taken: string[] = []
  const consumer = store.queue.consume(
    async (id) => {
      taken.push(id)
      await store.jobs.cancel(id)
      return 'done'
    },
    { slots: 1 },
  )
  atEnd(t, () => consumer.close({ timeoutMs: 0 }))
  await eventually(() => taken.length === 3, 60_000)
  assert.deepEqual(taken, [made[2], made[0], made[1]])
})

test('jobs.update() from a revision that is not the newest is JOB_CHANGED, and changes nothing', async (t) => {
  const { store } = await testStore(t)
  const { id, revision } = await createJob(store)
  const first = await store.jobs.update(id, { name: 'first' }, { revision })
  await assert.rejects(store.jobs.update(id, { name: 'second' }, { revision }), { code: 'JOB_CHANGED' })
  assert.deepEqual(await store.jobs.get(id), first)
})

test('jobs.update() without a revision loses no change, however many come at once', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  const keys = Array.from({ length: 8 }, (_, at) => `key${at}`)
  await Promise.all(keys.map((key) => store.jobs.update(id, { metadata: { [key]: 'x' } })))
  const { metadata, revision } = await store.jobs.get(id)
  assert.deepEqual(Object.keys(metadata).toSorted(), keys)
  assert.equal(revision, keys.length)
})

test('jobs.update() refuses a seventeenth pair of metadata, and the priority of an ended job', async (t) => {
  const { store } = await testStore(t)
  const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`key${at}`, '']))
  const { id } = await createJob(store, { metadata })
  await assert.rejects(store.jobs.update(id, { metadata: { more: '' } }), { code: 'INVALID_SPECIFICATION' })
  await store.jobs.cancel(id)
  await assert.rejects(store.jobs.update(id, { priority: 5 }), { code: 'JOB_ENDED' })
  assert.equal((await store.jobs.update(id, { name: 'late' })).name, 'late')
})

test('jobs.delete() leaves nothing of a job that has ended, and refuses any other', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  await store.metrics.append(id, epoch, { firstSeq: 1, rows: [{ step: 1, series: { loss: 1 } }] })
  await assert.rejects(store.jobs.delete(id), { code: 'JOB_NOT_ENDED' })
  await store.checkpoints.register(sampleCheckpoint({ job: id, epoch, step: 1 }), KEEP_ALL)
  await store.jobs.move(id, epoch, 'succeeded')
  await store.jobs.delete(id)
  await assert.rejects(store.jobs.get(id), { code: 'JOB_NOT_FOUND' })
  assert.deepEqual((await store.jobs.list()).data, [])
  assert.deepEqual(await redis.keys(`{${prefix}}:job:*`), [])
  assert.deepEqual(await redis.zrange(`{${prefix}}:index`, '0', '-1'), [])
})
