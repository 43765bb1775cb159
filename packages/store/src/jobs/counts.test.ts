import { JOB_STATUSES } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJob, runningJob, testStore } from '../testing/fixtures.ts'

test('jobs.count() counts the jobs of every state', async (t) => {
  const { store } = await testStore(t)
  const none = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0]))
  assert.deepEqual(await store.jobs.count(), none)
  await runningJob(store)
  for (let jobs = 0; jobs < 3; jobs++) await createJob(store)
  const { id } = await createJob(store)
  await store.jobs.cancel(id)
  assert.deepEqual(await store.jobs.count(), { ...none, running: 1, queued: 3, cancelled: 1 })
})
