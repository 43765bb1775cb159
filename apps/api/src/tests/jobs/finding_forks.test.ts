import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Job, type Page, type RecordedFinding } from '@unroll/contract'
import { keepFindingForks, settleFork } from '../../jobs/finding_forks.ts'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { keyOf } from '../../testing/keys.ts'
import { claimed, saved } from '../../testing/runs.ts'

const [SAVED, FOUND, REACHED] = [10, 13, 20]

/** A job that ended at a finding, to be forked there, with a checkpoint at step 10. */
async function forkedJob(
  service: TestApp,
  changes: RecordedFinding['changes'],
  figures: RecordedFinding['evidence']['figures'] = {},
): Promise<Job> {
  const { http, store } = service
  const body = { ...JOB, name: 'adding', training: { max_steps: 50 }, on_finding: 'fork' }
  const { id } = (await http.post('/v1/jobs').send(body).expect(201)).body as Job
  const epoch = await claimed(service, id)
  await saved(service, { job: id, epoch, step: SAVED })
  await store.jobs.heartbeat(id, epoch, { step: REACHED })
  const evidence = { layer: 0, timestep: 3, from_step: 1, to_step: FOUND, figures }
  const finding = {
    code: 'exploding',
    first_step: FOUND,
    until_step: null,
    evidence,
    advice: 'Clip.',
    changes,
  } as const
  await store.findings.record(id, epoch, finding)
  const error = { code: 'exploding', message: 'The gradient explodes', pointer: '/on_finding' }
  await store.jobs.move(id, epoch, 'failed', { reason: 'forked_by_finding', error })
  return await store.jobs.get(id)
}

test('a job that is to be forked at a finding goes on from its step with the change, once, whichever API sees to it', async (t) => {
  const service = await testApp(t)
  const { store, http } = service
  const old = await forkedJob(service, { clipping: { policy: 'norm', threshold: 1 } })
  const keepers = [1, 2, 3].map(() => keepFindingForks(service.app, service.app.log))
  for (const limit = performance.now() + 60_000; (await store.findingForks.due()).length > 0; await sleep(10))
    assert.ok(performance.now() < limit)
  await Promise.all(keepers.map((keeper) => keeper.close()))
  const { data } = (await http.get('/v1/jobs').expect(200)).body as Page<Job>
  assert.equal(data.length, 2)
  const made = data.find(({ id }) => id !== old.id)
  assertMatches(Job, made)
  assert.deepEqual([made?.forked_from?.job, made?.forked_from?.step], [old.id, FOUND])
  assert.deepEqual(
    [made?.name, made?.spec.clipping.policy, made?.spec.on_finding, made?.metadata],
    ['adding → norm, threshold 1', 'norm', 'notify', { proposed_from: old.id }],
  )
  const told = (await store.events.list(old.id)).data.filter(({ code }) => code === 'job_forked')
  assert.deepEqual(
    told.map((event) => event.data),
    [{ job: made?.id }],
  )
})

test('a change of what the weights depend on has the new job begin from the start', async (t) => {
  const service = await testApp(t)
  const old = await forkedJob(service, { model: { cell: 'lstm', activation: null } })
  const fork = await settleFork(service.app, old.id)
  assert.ok('job' in fork, JSON.stringify(fork))
  const made = await service.store.jobs.get(fork.job)
  assert.deepEqual([made.retry_of, made.forked_from, made.spec.model.cell], [old.id, null, 'lstm'])
  assert.deepEqual(await settleFork(service.app, old.id), fork)
})

test('a run whose loss is no longer finite begins again from the start', async (t) => {
  const service = await testApp(t)
  const old = await forkedJob(service, { clipping: { policy: 'norm', threshold: 1 } }, { loss: 'NaN' })
  const fork = await settleFork(service.app, old.id)
  assert.ok('job' in fork, JSON.stringify(fork))
  assert.equal((await service.store.jobs.get(fork.job)).retry_of, old.id)
})

test('a fork that cannot be made is an event, and is not tried again', async (t) => {
  const service = await testApp(t)
  const old = await forkedJob(service, { sequence_length: 0 })
  assert.ok('why' in (await settleFork(service.app, old.id)))
  assert.deepEqual(await service.store.findingForks.due(), [])
  const refused = (await service.store.events.list(old.id)).data.filter(({ code }) => code === 'fork_refused')
  assert.equal(refused.length, 1)
})

test('a job that forks itself asks for the steps of its fork as well', async (t) => {
  const service = await testApp(t)
  const key = await keyOf(service, ['read', 'submit'], 'team-a', { limits: { steps: 90 } })
  const post = (action: string) =>
    service.http
      .post('/v1/jobs')
      .set(key)
      .send({ ...JOB, training: { max_steps: 50 }, on_finding: action })
  assertProblem(await post('fork'), 'RATE_LIMITED')
  await post('stop').expect(201)
})
