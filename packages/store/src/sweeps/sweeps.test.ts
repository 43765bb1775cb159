import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSweepSpec } from '@unroll/contract'
import type { Store } from '../store.ts'
import { sampleDataset, sampleSpec, testStore } from '../testing/fixtures.ts'

const TRIALS = [{ '/a': 1 }, { '/a': 2 }, { '/a': 3 }]
const NEXT = [{ rung: 1, trial: 2 }]

async function createSweep(store: Store, datasets: string[] = []): Promise<string> {
  const parsed = parseSweepSpec({ template: {}, space: { a: { values: [1, 2, 3] } } })
  assert.ok(parsed.ok)
  return (await store.sweeps.create({ spec: parsed.value, trials: TRIALS, datasets })).id
}

async function makeJobs(store: Store, sweep: string): Promise<string[]> {
  const { spec, cost } = sampleSpec()
  const ids = (await store.sweeps.toMake(sweep)).toSorted()
  for (const id of ids) assert.equal((await store.jobs.create(spec, cost, { id, sweep })).job.sweep, sweep)
  return ids
}

async function endJobs(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.jobs.cancel(id)
}

test('sweeps.create() plans a job for each trial, and each is made once', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  const { runs, status, isSettled } = await store.sweeps.get(id)
  assert.deepEqual([status, isSettled], ['running', false])
  assert.deepEqual(
    runs.map(({ rung, trial, status: made }) => [rung, trial, made]),
    [
      [0, 0, null],
      [0, 1, null],
      [0, 2, null],
    ],
  )
  assert.deepEqual(await store.sweeps.due(), [id])
  const { spec, cost } = sampleSpec()
  const again = async () =>
    await Promise.all(runs.map(({ job }) => store.jobs.create(spec, cost, { id: job, sweep: id })))
  const made = (await Promise.all([again(), again(), again()])).flat()
  assert.equal(made.filter(({ replayed }) => !replayed).length, 3)
  assert.deepEqual(
    (await store.jobs.list({ sweep: id })).data.map((job) => job.id).toReversed(),
    runs.map(({ job }) => job),
  )
  assert.deepEqual(await store.sweeps.due(), [])
})

test('jobs.create() makes no job again that was deleted, and none that its sweep does not plan', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  const [first = ''] = await makeJobs(store, id)
  await store.jobs.cancel(first)
  await store.jobs.delete(first)
  const { spec, cost } = sampleSpec()
  for (const job of [first, 'job_unknown'])
    await assert.rejects(store.jobs.create(spec, cost, { id: job, sweep: id }), { code: 'JOB_NOT_FOUND' })
  assert.equal((await store.jobs.list({ sweep: id })).data.length, 2)
})

test('a sweep is due again when its last job has ended, and one of several plans begins the next rung', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  const [first = '', ...others] = await makeJobs(store, id)
  await endJobs(store, others)
  assert.deepEqual([await store.sweeps.due(), (await store.sweeps.get(id)).isSettled], [[], false])
  await endJobs(store, [first])
  const known = await store.sweeps.get(id)
  assert.deepEqual([await store.sweeps.due(), known.isSettled], [[id], true])
  await Promise.all([1, 2, 3].map(() => store.sweeps.plan(known, NEXT)))
  await store.sweeps.end(known, 'succeeded')
  const { runs, status } = await store.sweeps.get(id)
  assert.deepEqual([runs.length, status, (await store.sweeps.toMake(id)).length], [4, 'running', 1])
  assert.deepEqual(
    runs.slice(3).map(({ rung, trial }) => ({ rung, trial })),
    NEXT,
  )
})

test('sweeps.end() ends a sweep once, which is then no longer due or planned for', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  await endJobs(store, await makeJobs(store, id))
  const known = await store.sweeps.get(id)
  await store.sweeps.end(known, 'failed')
  const { status, finished_at } = await store.sweeps.get(id)
  await store.sweeps.end(known, 'succeeded')
  await store.sweeps.plan(known, NEXT)
  assert.deepEqual([status, await store.sweeps.cancel(id), await store.sweeps.due()], ['failed', 'failed', []])
  assert.deepEqual((await store.sweeps.get(id)).finished_at, finished_at)
  assert.ok(finished_at !== null)
})

test('sweeps.cancel() has no more jobs made or planned, and the sweep due until it is ended', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  const planned = await store.sweeps.toMake(id)
  const { spec, cost } = sampleSpec()
  await store.jobs.create(spec, cost, { id: planned[0] ?? '', sweep: id })
  assert.equal(await store.sweeps.cancel(id), 'cancelling')
  await assert.rejects(store.jobs.create(spec, cost, { id: planned[1] ?? '', sweep: id }), { code: 'JOB_NOT_FOUND' })
  assert.deepEqual([await store.sweeps.toMake(id), await store.sweeps.due()], [[], [id]])
  await endJobs(store, planned.slice(0, 1))
  const known = await store.sweeps.get(id)
  await store.sweeps.plan(known, NEXT)
  await store.sweeps.end(known, 'succeeded')
  assert.deepEqual([await store.sweeps.cancel(id), await store.sweeps.due()], ['cancelled', []])
})

test('sweeps.create() refuses a data set that is not there, and keeps those that are until the sweep ends', async (t) => {
  const { store } = await testStore(t)
  const dataset = sampleDataset()
  await assert.rejects(createSweep(store, [dataset.id]), { code: 'DATASET_NOT_FOUND' })
  assert.deepEqual((await store.sweeps.list()).data, [])
  await store.datasets.put(dataset)
  const id = await createSweep(store, [dataset.id])
  await endJobs(store, await makeJobs(store, id))
  await assert.rejects(store.datasets.delete(dataset.id), { code: 'DATASET_IN_USE' })
  await store.sweeps.end(await store.sweeps.get(id), 'failed')
  await store.datasets.delete(dataset.id)
})

test('sweeps.delete() leaves nothing of a sweep that has ended but its jobs, and refuses any other', async (t) => {
  const { store } = await testStore(t)
  const id = await createSweep(store)
  const jobs = await makeJobs(store, id)
  await assert.rejects(store.sweeps.delete(id), { code: 'SWEEP_NOT_ENDED' })
  await endJobs(store, jobs)
  await assert.rejects(store.sweeps.delete(id), { code: 'SWEEP_NOT_ENDED' })
  await store.sweeps.end(await store.sweeps.get(id), 'succeeded')
  await store.sweeps.delete(id)
  await assert.rejects(store.sweeps.get(id), { code: 'SWEEP_NOT_FOUND' })
  assert.deepEqual([(await store.sweeps.list()).data, await store.sweeps.due()], [[], []])
  assert.equal((await store.jobs.list({ sweep: id })).data.length, jobs.length)
})

test('sweeps.get(), cancel() and delete() of an unknown sweep are SWEEP_NOT_FOUND', async (t) => {
  const { store } = await testStore(t)
  await assert.rejects(store.sweeps.delete('sweep_x'), { code: 'SWEEP_NOT_FOUND' })
  await assert.rejects(store.sweeps.get('sweep_x'), { code: 'SWEEP_NOT_FOUND' })
  await assert.rejects(store.sweeps.cancel('sweep_x'), { code: 'SWEEP_NOT_FOUND' })
})
