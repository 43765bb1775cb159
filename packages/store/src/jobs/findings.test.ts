import type { RecordedFinding } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJob, runningJob, testStore } from '../testing/fixtures.ts'

const FINDING: RecordedFinding = {
  code: 'exploding',
  first_step: 7,
  until_step: null,
  evidence: { layer: 0, timestep: 3, from_step: 1, to_step: 7, figures: { loss: 'Infinity' } },
  advice: 'Clip.',
  changes: { clipping: { policy: 'norm' } },
}

test('findings.record() is an event when a finding begins to hold and when it no longer does, once each', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const before = (await store.events.list(id)).data.length
  assert.deepEqual(await store.findings.list(id), [])
  assert.equal(await store.findings.record(id, epoch, FINDING), 'found')
  const over = { ...FINDING, until_step: 20 }
  assert.equal(await store.findings.record(id, epoch, { ...FINDING, first_step: 8 }), 'known')
  assert.equal(await store.findings.record(id, epoch, over), 'resolved')
  assert.equal(await store.findings.record(id, epoch, over), 'known')
  assert.deepEqual(await store.findings.list(id), [over])
  const events = (await store.events.list(id)).data.slice(before)
  assert.deepEqual(
    events.map(({ code, level, data }) => ({ code, level, data })),
    [
      {
        code: 'diagnosis_warning',
        level: 'warn',
        data: { finding: 'exploding', step: 7, layer: 0, timestep: 3 },
      },
      {
        code: 'diagnosis_resolved',
        level: 'info',
        data: { finding: 'exploding', step: 20, layer: 0, timestep: 3 },
      },
    ],
  )
})

test('findings.record() of an attempt that no longer holds the job writes nothing', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  await store.jobs.claim(id, 'wrk_2')
  assert.equal(await store.findings.record(id, epoch, FINDING), 'fenced')
  assert.deepEqual(await store.findings.list(id), [])
})

test('a job that ends to be forked at a finding is due until its fork is settled, which is one event', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  assert.deepEqual(await store.findingForks.due(), [])
  assert.equal(await store.jobs.move(id, epoch, 'failed', { reason: 'forked_by_finding' }), 'moved')
  assert.deepEqual(await store.findingForks.due(), [id])
  const answers = await Promise.all([1, 2, 3].map(() => store.findingForks.settle(id, { job: 'job_x' })))
  assert.deepEqual(answers.toSorted(), ['known', 'known', 'settled'])
  assert.deepEqual(await store.findingForks.due(), [])
  const told = (await store.events.list(id)).data.filter(({ code }) => code === 'job_forked')
  assert.deepEqual(
    told.map(({ data }) => data),
    [{ job: 'job_x' }],
  )
})

test('the fork of a job that was deleted is settled without an event', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  await store.jobs.move(id, epoch, 'failed', { reason: 'forked_by_finding' })
  await store.jobs.delete(id)
  assert.equal(await store.findingForks.settle(id, { why: 'deleted' }), 'settled')
  assert.deepEqual(await store.findingForks.due(), [])
  await assert.rejects(store.jobs.get(id), { code: 'JOB_NOT_FOUND' })
})

test('findings.list() is empty of a job that waits, and JOB_NOT_FOUND of an unknown one', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  assert.deepEqual(await store.findings.list(id), [])
  await assert.rejects(store.findings.list('job_x'), { code: 'JOB_NOT_FOUND' })
})
