import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openStore, type Store } from '../store.ts'
import { planPreemptions } from './preemption.ts'
import type { FleetView } from './fleet_view.ts'
import { FAST, atEnd, createJob, eventually, runningJob, testStore } from '../testing/fixtures.ts'
import { holder, sampleWorker, slotOf, waiter } from '../testing/fleet.ts'

const NOW = 1_000_000
const URGENT = waiter('urgent', { priority: 1 })
const LOW = holder('low', { priority: 200 })
const slotFor = (id: string, priority: number, runningAt = 0) => slotOf(holder(id, { priority, runningAt }))

type Case = [what: string, fleet: Omit<FleetView, 'now'>, victims: [victim: string, of: string][]]
const CASES: Case[] = [
  ['asks nobody where nobody waits', { line: [], slots: [slotOf(LOW)] }, []],
  ['asks the only job there is', { line: [URGENT], slots: [slotOf(LOW)] }, [['low', 'urgent']]],
  [
    'asks the least urgent job',
    { line: [URGENT], slots: [slotFor('b', 150), slotFor('c', 300), slotFor('a', 120)] },
    [['c', 'urgent']],
  ],
  [
    'asks, of equals, the one that began to train last',
    { line: [URGENT], slots: [slotFor('old', 200, 10), slotFor('new', 200, 30), slotFor('middle', 200, 20)] },
    [['new', 'urgent']],
  ],
  ['asks no job that is as urgent', { line: [waiter('equal')], slots: [slotOf(holder('low'))] }, []],
  ['asks no job that is more urgent', { line: [waiter('late', { priority: 300 })], slots: [slotOf(LOW)] }, []],
  ['leaves all alone where a slot is free', { line: [URGENT], slots: [slotOf(LOW), slotOf(undefined)] }, []],
  [
    'does not count a free slot that has too little memory',
    {
      line: [waiter('large', { priority: 1, memoryBytes: 8 })],
      slots: [slotOf(undefined, { memoryBytes: 7 }), slotOf(LOW)],
    },
    [['low', 'large']],
  ],
  [
    'asks no job whose slot has too little memory',
    {
      line: [waiter('large', { priority: 1, memoryBytes: 8 })],
      slots: [slotOf(LOW, { memoryBytes: 7 }), slotFor('fits', 150)],
    },
    [['fits', 'large']],
  ],
  [
    'asks no job on a CPU for one that asks for a GPU',
    {
      line: [waiter('gpu', { priority: 1, wanted: 'gpu' })],
      slots: [slotOf(LOW), slotOf(holder('graphic', { priority: 150 }), { accelerator: 'gpu' })],
    },
    [['graphic', 'gpu']],
  ],
  [
    'asks no job of a worker without the labels that are asked for',
    {
      line: [waiter('pooled', { priority: 1, labels: { pool: 'a' } })],
      slots: [slotOf(LOW), slotOf(holder('member', { priority: 150 }), { labels: { pool: 'a', site: 'b' } })],
    },
    [['member', 'pooled']],
  ],
  [
    'leaves slots alone whose worker does not preempt',
    { line: [URGENT], slots: [slotOf(LOW, { preemptAfterMs: undefined })] },
    [],
  ],
  [
    'leaves a job alone that has not trained for long enough',
    { line: [URGENT], slots: [slotOf({ ...LOW, runningAt: NOW - 59 }, { preemptAfterMs: 60 })] },
    [],
  ],
  [
    'asks a job that has trained for long enough',
    { line: [URGENT], slots: [slotOf({ ...LOW, runningAt: NOW - 60 }, { preemptAfterMs: 60 })] },
    [['low', 'urgent']],
  ],
  [
    'leaves a job alone that does not train yet',
    { line: [URGENT], slots: [slotOf({ ...LOW, status: 'starting' })] },
    [],
  ],
  [
    'leaves a job alone that was preempted as often as it may be',
    { line: [URGENT], slots: [slotOf({ ...LOW, preemptions: 5 }), slotFor('other', 150)] },
    [['other', 'urgent']],
  ],
  [
    'leaves a job alone that is not to be preempted',
    { line: [URGENT], slots: [slotOf({ ...LOW, maxPreemptions: 0 })] },
    [],
  ],
  ...(['pausing', 'cancelling', 'interrupted', 'succeeded'] as const).map((status): Case => [
    `waits for the slot of a job that is ${status}`,
    { line: [URGENT], slots: [slotFor('low', 200), slotOf(holder('leaving', { status }))] },
    [],
  ]),
  [
    'waits for the slot of a job that is being saved',
    { line: [URGENT], slots: [slotFor('low', 200), slotOf({ ...LOW, id: 'saving', yieldsTo: 'urgent' })] },
    [],
  ],
  [
    'asks for each job that waits, as many as may be',
    {
      line: [URGENT, waiter('second', { priority: 2 }), waiter('third', { priority: 160 })],
      slots: [slotFor('a', 200), slotFor('b', 150)],
    },
    [
      ['a', 'urgent'],
      ['b', 'second'],
    ],
  ],
  [
    'counts one free slot for one job',
    { line: [URGENT, waiter('second', { priority: 2 })], slots: [slotOf(LOW), slotOf(undefined)] },
    [['low', 'second']],
  ],
  [
    'passes over a job that no slot fits',
    { line: [waiter('gpu', { priority: 1, wanted: 'gpu' }), URGENT], slots: [slotOf(LOW)] },
    [['low', 'urgent']],
  ],
]
for (const [what, fleet, victims] of CASES) {
  test(`planPreemptions() ${what}`, () => {
    const planned = planPreemptions({ now: NOW, ...fleet })
    assert.deepEqual(
      planned.map((each) => [each.victim.id, each.for]),
      victims,
    )
  })
}

const AFTER_S = 60

/** Jobs of priority 200 that train since now on a worker that preempts, and a clock that the test moves. */
async function busyStore(t: TestContext, jobs: number) {
  let now = Date.UTC(2026, 0, 2)
  const clock = () => now
  const own = await testStore(t, { clock })
  const running: { id: string; epoch: number }[] = []
  for (; running.length < jobs; now++) running.push(await runningJob(own.store, { priority: 200, max_restarts: 0 }))
  const ids = running.map(({ id }) => id)
  await own.store.workers.heartbeat(sampleWorker(ids, { preemption_after_seconds: AFTER_S }))
  return { ...own, clock, running, pass: (seconds: number) => (now += seconds * 1_000) }
}

const urgent = (store: Store) => createJob(store, { priority: 1 })
const codes = async (store: Store, id: string) => (await store.events.list(id)).data.map(({ code }) => code)

test('a job that was preempted is in line by its priority and age, has lost no restart, and says why', async (t) => {
  const { store, running, pass } = await busyStore(t, 1)
  const [{ id, epoch } = { id: '', epoch: 0 }] = running
  pass(AFTER_S - 1)
  const younger = await createJob(store, { priority: 200 })
  const { id: first } = await urgent(store)
  assert.equal(await store.queue.preempt(), 0, 'it has not trained for long enough')
  pass(1)
  assert.equal(await store.queue.preempt(), 1)
  assert.equal(await store.queue.preempt(), 0, 'one slot for one job')
  const awaited = `the slot of job "${id}", which is being saved for it`
  const queue = await eventually(async () => {
    const { queue: now } = await store.jobs.get(first)
    return now.waiting_for === awaited && now
  })
  assert.deepEqual(queue, { position: 0, waiting_for: awaited, eta_seconds: 0, eta_unknown: null })
  assert.deepEqual(await store.jobs.heartbeat(id, epoch, { step: 7 }), { fenced: false, control: 'preempt' })
  assert.equal(await store.jobs.move(id, epoch, 'interrupted', { reason: 'preempted' }), 'moved')
  const job = await store.jobs.get(id)
  assert.deepEqual([job.status, job.status_reason, job.queue.position], ['queued', 'preempted', 1])
  assert.equal((await store.jobs.get(younger.id)).queue.position, 2)
  assert.deepEqual(
    job.attempts.map(({ end_reason, to_step }) => [end_reason, to_step]),
    [['preempted', 7]],
  )
  const [asked, interrupted] = (await store.events.list(id)).data.slice(-3)
  assert.deepEqual([asked?.code, asked?.data], ['job_preempting', { for: first, priority: 1 }])
  assert.deepEqual([interrupted?.code, interrupted?.data['reason']], ['job_interrupted', 'preempted'])
})

test('a job is preempted as often as max_preemptions says, and then keeps its slot', async (t) => {
  let now = Date.UTC(2026, 0, 2)
  const { store } = await testStore(t, { clock: () => now })
  const { id } = await createJob(store, { priority: 200, max_preemptions: 2 })
  await store.workers.heartbeat(sampleWorker([id], { preemption_after_seconds: AFTER_S }))
  const { id: first } = await urgent(store)
  const asked: number[] = []
  for (let attempt = 0; attempt < 3; attempt++) {
    const claim = await store.jobs.claim(id, 'wrk_1')
    assert.ok('epoch' in claim)
    await store.jobs.move(id, claim.epoch, 'running')
    now += AFTER_S * 1_000
    asked.push(await store.queue.preempt())
    if (asked.at(-1) === 1) await store.jobs.move(id, claim.epoch, 'interrupted', { reason: 'preempted' })
  }
  assert.deepEqual(asked, [1, 1, 0])
  assert.equal((await store.jobs.get(first)).status, 'queued')
})

test('a job that could not be saved keeps its slot, and is asked again once it has trained as long once more', async (t) => {
  const { store, running, pass } = await busyStore(t, 1)
  const [{ id, epoch } = { id: '', epoch: 0 }] = running
  await urgent(store)
  pass(AFTER_S)
  assert.equal(await store.queue.preempt(), 1)
  for (const call of [1, 2])
    assert.equal((await store.jobs.heartbeat(id, epoch, { step: 7 }, { isKept: true })).control, 'none', `call ${call}`)
  assert.deepEqual((await codes(store, id)).slice(-2), ['job_preempting', 'preemption_failed'])
  pass(AFTER_S - 1)
  assert.equal(await store.queue.preempt(), 0)
  pass(1)
  assert.equal(await store.queue.preempt(), 1)
})

test('a client that pauses or cancels a job is heard before a job that wants its slot', async (t) => {
  const { store, running, pass } = await busyStore(t, 2)
  await urgent(store)
  await urgent(store)
  pass(AFTER_S)
  assert.equal(await store.queue.preempt(), 2)
  const [paused, cancelled] = running
  assert.ok(paused && cancelled)
  await store.jobs.pause(paused.id)
  await store.jobs.cancel(cancelled.id)
  assert.equal((await store.jobs.heartbeat(paused.id, paused.epoch, { step: 1 })).control, 'pause')
  assert.equal((await store.jobs.heartbeat(cancelled.id, cancelled.epoch, { step: 1 })).control, 'cancel')
  await store.jobs.move(paused.id, paused.epoch, 'interrupted', { reason: 'preempted' })
  assert.equal((await store.jobs.get(paused.id)).status, 'paused')
})

test('however many processes look at once, one slot is handed over for a job that waits', async (t) => {
  const { url, prefix, clock, store, pass, running } = await busyStore(t, 6)
  await urgent(store)
  pass(AFTER_S)
  const others = await Promise.all(
    running.map(() => openStore({ url, prefix, clock, timing: FAST, waitForDisk: false })),
  )
  atEnd(t, () => Promise.all(others.map((other) => other.close())))
  const asked = await Promise.all(others.map((other) => other.queue.preempt()))
  assert.equal(
    asked.reduce((sum, count) => sum + count, 0),
    1,
  )
})

test('a job whose queue is paused preempts nobody', async (t) => {
  const { store, pass } = await busyStore(t, 1)
  await urgent(store)
  pass(AFTER_S)
  await store.queue.pause(['any'])
  assert.equal(await store.queue.preempt(), 0)
  await store.queue.resume(['any'])
  assert.equal(await store.queue.preempt(), 1)
})

test('a worker that does not preempt, or takes no jobs, keeps its jobs', async (t) => {
  const { store, pass } = await busyStore(t, 1)
  await urgent(store)
  pass(AFTER_S)
  const [worker] = await store.workers.list()
  assert.ok(worker)
  const { preemption_after_seconds: _, ...keeping } = worker
  await store.workers.heartbeat(keeping)
  assert.equal(await store.queue.preempt(), 0)
  await store.workers.heartbeat({ ...worker, status: 'draining' })
  assert.equal(await store.queue.preempt(), 0)
  await store.workers.heartbeat(worker)
  assert.equal(await store.queue.preempt(), 1)
})
