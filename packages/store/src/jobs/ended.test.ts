import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndedList } from './ended.ts'
import type { Store } from '../store.ts'
import { createJob, runningJob, testStore, type TestStore } from '../testing/fixtures.ts'

async function listed(store: Store, list: EndedList, forMs = 0): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.ended.each(list, forMs)) ids.push(id)
  return ids
}

async function endedJob(store: Store, rows: number): Promise<string> {
  const { id, epoch } = await runningJob(store)
  for (let step = 1; step <= rows; step++)
    await store.metrics.append(id, epoch, { firstSeq: step, rows: [{ step, series: { loss: 1 } }] })
  await store.jobs.move(id, epoch, 'succeeded')
  return id
}

const placesOf = ({ redis, prefix }: TestStore) => redis.zrange(`{${prefix}}:index`, '0', '-1')

test('ended.each() gives jobs by when they ended, and those that have rows in Redis until they have left', async (t) => {
  let now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  await createJob(store)
  const first = await endedJob(store, 2)
  now += 1_000
  const second = await endedJob(store, 0)
  const { id: third } = await createJob(store)
  await store.jobs.cancel(third)
  now += 500
  assert.deepEqual((await listed(store, 'ended')).toSorted(), [first, second, third].toSorted())
  assert.equal((await listed(store, 'ended'))[0], first)
  assert.deepEqual(await listed(store, 'ended', 1_500), [first])
  assert.deepEqual(await listed(store, 'ended', 1_501), [])
  assert.deepEqual(await listed(store, 'rows'), [first])
  const waiting = await store.metrics.waiting(first, 'scalars', 1e6)
  assert.ok(waiting !== undefined)
  const archived = { kind: 'scalars', head: waiting.head, segment: 'a' } as const
  assert.equal(await store.metrics.archive(second, 'ended', archived), 'archived')
  assert.deepEqual(await listed(store, 'rows'), [first])
  for (let repeated = 0; repeated < 2; repeated++)
    assert.equal(await store.metrics.archive(first, 'ended', archived), 'archived')
  assert.deepEqual(await listed(store, 'rows'), [])
  await store.jobs.delete(first)
  assert.deepEqual((await listed(store, 'ended')).includes(first), false)
  assert.equal(await store.metrics.archive(first, 'ended', archived), 'fenced')
})

test('ended.each() pages through more jobs than it reads at a time, each once', async (t) => {
  const { store } = await testStore(t, { clock: () => Date.UTC(2026, 0, 2) })
  const ids = await Promise.all(Array.from({ length: 250 }, () => createJob(store)))
  for (const { id } of ids) await store.jobs.cancel(id)
  const found = await listed(store, 'ended')
  assert.equal(found.length, 250)
  assert.deepEqual(new Set(found), new Set(ids.map(({ id }) => id)))
})

test('ended.relist() brings in what an older release ended and takes out what it deleted; then there is nothing to do', async (t) => {
  const own = await testStore(t)
  const { store, redis, prefix } = own
  const [one, other] = [await endedJob(store, 1), await endedJob(store, 0)]
  const before = await placesOf(own)
  const isByEnd = (place: string) => /^(?:ended|rows):/.test(place)
  assert.equal(before.filter(isByEnd).length, 3)
  assert.equal(await store.ended.relist(), 0)
  await redis.zrem(`{${prefix}}:index`, ...before.filter(isByEnd))
  assert.equal(await store.ended.relist(), 2)
  assert.deepEqual(await placesOf(own), before)
  await store.jobs.delete(one)
  await redis.zadd(`{${prefix}}:index`, 0, `ended:000000000000001:${one}`, 0, `rows:000000000000001:${one}`)
  assert.equal(await store.ended.relist(), 2)
  assert.deepEqual(await listed(store, 'ended'), [other])
  assert.deepEqual(await listed(store, 'rows'), [])
  assert.equal(await store.ended.relist(), 0)
})

test('what is trained counts by day, engine, device and project, from the begin of training to each heartbeat', async (t) => {
  let now = Date.UTC(2026, 0, 2, 23, 59, 58)
  const { store } = await testStore(t, { clock: () => now })
  const { id, epoch } = await runningJob(store, { metadata: { project: 'speech' } })
  const engine = { engine: 'tensorflow', device: 'cpu' }
  const beat = async (step: number, ms: number) => {
    now += ms
    await store.jobs.heartbeat(id, epoch, { step, engine })
  }
  await store.jobs.heartbeat(id, epoch, { step: 0 })
  assert.deepEqual(await store.usage.training('2026-01-01', '2026-01-31'), {
    as_of: '2026-01-02T23:59:58.000Z',
    since: null,
    days: [],
  })
  await beat(10, 1_000)
  await beat(30, 2_000)
  await beat(30, 250)
  const use = { ...engine, project: 'speech' }
  assert.deepEqual(await store.usage.training('2026-01-01', '2026-01-31'), {
    as_of: '2026-01-03T00:00:01.250Z',
    since: '2026-01-02T23:59:59.000Z',
    days: [
      { date: '2026-01-02', ...use, seconds: 1, steps: 10 },
      { date: '2026-01-03', ...use, seconds: 2.25, steps: 20 },
    ],
  })
  assert.deepEqual((await store.usage.training('2026-01-03', '2026-01-03')).days.length, 1)

  // The next attempt trains from the start again: that is work as well. Time between attempts is none.
  now += 60_000
  await store.jobs.move(id, epoch, 'interrupted', { reason: 'worker_draining' })
  now += 60_000
  const claim = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in claim)
  await store.jobs.heartbeat(id, claim.epoch, { step: 0, engine })
  await store.jobs.move(id, claim.epoch, 'running')
  now += 500
  await store.jobs.heartbeat(id, claim.epoch, { step: 4, engine })
  const [day] = (await store.usage.training('2026-01-03', '2026-01-03')).days
  assert.deepEqual(day, { date: '2026-01-03', ...use, seconds: 2.75, steps: 24 })
  assert.equal((await store.jobs.heartbeat(id, epoch, { step: 99, engine })).fenced, true)
  assert.deepEqual((await store.usage.training('2026-01-03', '2026-01-03')).days, [day])
})
