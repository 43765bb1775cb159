import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollClient, type SweepRequest } from '@unroll/client'
import { JOB, testApp } from '../../testing/app.ts'
import { collected } from '../../testing/collected.ts'

test('UnrollClient checks, submits, reads, lists, cancels and deletes sweeps', async (t) => {
  const { app } = await testApp(t)
  const client = new UnrollClient({ baseUrl: await app.listen({ host: '127.0.0.1', port: 0 }) })
  const spec: SweepRequest = {
    template: JOB,
    space: { 'model.hidden_size': { values: [2, 3] } },
    objective: { metric: 'loss' },
  }
  const send = () => client.sweeps.create(spec, { idempotencyKey: 'once' })
  const { runs: jobsToBe, trials } = await client.sweeps.dryRun(spec)
  assert.deepEqual([jobsToBe, trials.length], [2, 2])
  const { id, runs } = await send()
  assert.equal((await send()).id, id)
  const jobs = await collected(client.jobs.each({ sweep: id, limit: 1 }))
  assert.deepEqual(
    jobs.map((job) => job.id).toReversed(),
    runs.map(({ job }) => job),
  )
  assert.equal((await client.sweeps.get(id)).objective.metric, 'loss')
  assert.equal((await client.sweeps.cancel(id)).status, 'cancelled')
  const all = await collected(client.sweeps.each({ limit: 1 }))
  assert.deepEqual(
    all.map((sweep) => [sweep.id, sweep.jobs.cancelled]),
    [[id, 2]],
  )
  await client.sweeps.delete(id, { keepJobs: true })
  await assert.rejects(client.sweeps.get(id), { code: 'SWEEP_NOT_FOUND' })
  assert.equal((await client.jobs.list({ sweep: id })).data.length, 2)
})
