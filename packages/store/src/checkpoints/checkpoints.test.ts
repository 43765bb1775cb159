import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollError, type MetricRow } from '@unroll/contract'
import type { Store } from '../store.ts'
import { countRows } from '../metrics/block.ts'
import { KEEP_ALL, createJob, runningJob, sampleCheckpoint, testStore } from '../testing/fixtures.ts'

async function register(store: Store, job: string, epoch: number, step: number, policy = KEEP_ALL) {
  const checkpoint = sampleCheckpoint({ job, epoch, step })
  const outcome = await store.checkpoints.register(checkpoint, policy)
  return { checkpoint, outcome }
}

const rowsTo = (step: number): MetricRow[] =>
  Array.from({ length: step }, (_, index) => ({ step: index + 1, series: { loss: index } }))

async function codes(store: Store, job: string): Promise<string[]> {
  return (await store.events.list(job, { limit: 100 })).data.map(({ code }) => code)
}

test('checkpoints.register() makes a checkpoint the one that the next attempt goes on from', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const { checkpoint: first } = await register(store, id, epoch, 10)
  const { checkpoint: second } = await register(store, id, epoch, 20)
  assert.deepEqual((await store.checkpoints.list(id)).data, [second, first])
  assert.deepEqual(await store.checkpoints.get(id, first.id), first)

  assert.equal(await store.jobs.move(id, epoch, 'interrupted', { reason: 'worker_draining' }), 'moved')
  const claim = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in claim)
  assert.equal(claim.fromStep, 20)
  assert.deepEqual(claim.checkpoints, [second, first])
  const { attempts, progress } = await store.jobs.get(id)
  assert.deepEqual(
    attempts.map(({ from_step, to_step }) => [from_step, to_step]),
    [
      [0, 20],
      [20, 20],
    ],
    'no attempt ends before a step that the next one goes on from',
  )
  assert.equal(progress.step, 20)
})

test('checkpoints.register() drops what the policy does not keep, and says what', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const policy = { ...KEEP_ALL, every_steps: 10, keep_latest: 1 }
  const { checkpoint: first } = await register(store, id, epoch, 10, policy)
  const { checkpoint: second, outcome } = await register(store, id, epoch, 20, policy)
  assert.deepEqual(outcome, { dropped: [first] })
  assert.deepEqual((await store.checkpoints.list(id)).data, [second])
})

test('checkpoints.register() that is repeated changes nothing and adds no second event', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const checkpoint = sampleCheckpoint({ job: id, epoch, step: 10 })
  for (let time = 0; time < 3; time++)
    assert.deepEqual(await store.checkpoints.register(checkpoint, KEEP_ALL), { dropped: [] })
  assert.deepEqual((await store.checkpoints.list(id)).data, [checkpoint])
  assert.equal((await codes(store, id)).filter((code) => code === 'checkpoint_written').length, 1)
})

test('the checkpoint of an attempt that lost the job never counts, though it comes last and is of a later step', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const { checkpoint } = await register(store, id, epoch, 10)
  const claim = await store.jobs.claim(id, 'wrk_2') // the first worker is frozen
  assert.ok('epoch' in claim)
  const late = await register(store, id, epoch, 500)
  assert.equal(late.outcome, 'fenced')
  assert.equal(await store.checkpoints.discard(id, epoch, checkpoint.id, 'zombie'), 'fenced')
  assert.deepEqual((await store.checkpoints.list(id)).data, [checkpoint])
})

test('checkpoints.discard() has the next attempt go on from the checkpoint before, and voids rows beyond for every reader', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  for (const row of rowsTo(30)) await store.metrics.append(id, epoch, { firstSeq: row.step, rows: [row] })
  await register(store, id, epoch, 10)
  const { checkpoint } = await register(store, id, epoch, 20)
  const claim = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in claim)
  const seen = await store.metrics.read(id)
  assert.equal(countRows(seen.blocks), 20)

  for (let time = 0; time < 2; time++)
    assert.equal(await store.checkpoints.discard(id, claim.epoch, checkpoint.id, 'bits are rotten'), 'discarded')
  assert.equal((await codes(store, id)).filter((code) => code === 'checkpoint_corrupt').length, 1)
  await store.jobs.move(id, claim.epoch, 'interrupted', { reason: 'checkpoint_corrupt' })
  const next = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in next)
  assert.equal(next.fromStep, 10)
  const page = await store.metrics.read(id, { after: seen.cursor })
  assert.equal(page.resumedFromStep, 10, 'a reader that has 20 rows hears that 10 of them are void')
  assert.equal(countRows((await store.metrics.read(id)).blocks), 10)
})

test('checkpoints.list() pages from the newest; an unknown job or checkpoint is an error', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  for (const step of [10, 20, 30]) await register(store, id, epoch, step)
  const first = await store.checkpoints.list(id, { limit: 2 })
  assert.deepEqual(
    first.data.map(({ step }) => step),
    [30, 20],
  )
  const rest = await store.checkpoints.list(id, { limit: 2, after: first.next ?? '' })
  assert.deepEqual([rest.data.map(({ step }) => step), rest.has_more], [[10], false])

  const { id: empty } = await createJob(store)
  assert.deepEqual((await store.checkpoints.list(empty)).data, [])
  const refused = (code: string) => (error: unknown) => error instanceof UnrollError && error.code === code
  await assert.rejects(store.checkpoints.list('job_absent'), refused('JOB_NOT_FOUND'))
  await assert.rejects(store.checkpoints.get('job_absent', 'ckpt_1'), refused('JOB_NOT_FOUND'))
  await assert.rejects(store.checkpoints.get(id, 'ckpt_absent'), refused('CHECKPOINT_NOT_FOUND'))
})
