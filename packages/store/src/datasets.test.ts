import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJob, sampleDataset, testStore } from './testing/fixtures.ts'

test('datasets.put() keeps a record, which get() and list() answer, newest first, until it is deleted', async (t) => {
  const { store } = await testStore(t)
  const made = [3, 2, 1].map((at) => sampleDataset(at * 1_000))
  for (const dataset of made) await store.datasets.put(dataset)
  assert.deepEqual(await store.datasets.get(made[0]?.id ?? ''), made[0])
  const first = await store.datasets.list({ limit: 2 })
  assert.deepEqual(first.data, made.slice(0, 2))
  assert.ok(first.next !== null)
  const second = await store.datasets.list({ limit: 2, after: first.next })
  assert.deepEqual([second.data, second.has_more, second.next], [made.slice(2), false, null])
  await store.datasets.delete(made[1]?.id ?? '')
  assert.deepEqual((await store.datasets.list()).data, [made[0], made[2]])
})

test('datasets.get() and delete() of an unknown data set are DATASET_NOT_FOUND', async (t) => {
  const { store } = await testStore(t)
  assert.deepEqual((await store.datasets.list()).data, [])
  await assert.rejects(store.datasets.get('ds_x'), { code: 'DATASET_NOT_FOUND' })
  await assert.rejects(store.datasets.delete('ds_x'), { code: 'DATASET_NOT_FOUND' })
})

test('datasets.delete() is DATASET_IN_USE as long as a job that has not ended uses it', async (t) => {
  const { store } = await testStore(t)
  const dataset = sampleDataset()
  await store.datasets.put(dataset)
  const one = await createJob(store, { data: { dataset: dataset.id } })
  const other = await createJob(store, { data: { dataset: dataset.id } })
  await store.jobs.cancel(one.id)
  await assert.rejects(store.datasets.delete(dataset.id), { code: 'DATASET_IN_USE' })
  await store.jobs.claim(other.id, 'wrk_1')
  await store.jobs.move(other.id, 1, 'running')
  await assert.rejects(store.datasets.delete(dataset.id), { code: 'DATASET_IN_USE' })
  await store.jobs.move(other.id, 1, 'succeeded')
  await store.datasets.delete(dataset.id)
  await assert.rejects(store.datasets.get(dataset.id), { code: 'DATASET_NOT_FOUND' })
})

test('datasets.put() with a key gives the data set that the key made, and refuses the key for another one', async (t) => {
  const { store } = await testStore(t)
  const [first, second] = [sampleDataset(1_000), sampleDataset(2_000)]
  const idempotency = { key: 'k', fingerprint: 'f' }
  assert.deepEqual(await store.datasets.put(first, { idempotency }), { dataset: first, replayed: false })
  assert.deepEqual(await store.datasets.put(second, { idempotency }), { dataset: first, replayed: true })
  await assert.rejects(store.datasets.put(second, { idempotency: { key: 'k', fingerprint: 'g' } }), {
    code: 'IDEMPOTENCY_KEY_REUSED',
  })
  assert.deepEqual((await store.datasets.list()).data, [first])
  await store.datasets.delete(first.id)
  await assert.rejects(store.datasets.put(second, { idempotency }), { code: 'IDEMPOTENCY_KEY_SPENT' })
})
