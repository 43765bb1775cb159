import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCheckpoint } from '@unroll/artifacts'
import { Job, type Checkpoint } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { claimed, saved } from '../../testing/runs.ts'

const [SAVED, STEP, REACHED] = [10, 13, 20]

/** A job that has got to step 20, with a checkpoint at step 10. */
async function runningJob(service: TestApp, more: object = {}): Promise<{ old: Job; checkpoint: Checkpoint }> {
  const { http, store } = service
  const posted = { ...JOB, training: { max_steps: 50, seed: 7 }, ...more }
  const { id: job } = (await http.post('/v1/jobs').send(posted).expect(201)).body as Job
  const epoch = await claimed(service, job)
  const checkpoint = await saved(service, { job, epoch, step: SAVED })
  await store.jobs.heartbeat(job, epoch, { step: REACHED })
  return { old: await store.jobs.get(job), checkpoint }
}

test('POST …/fork makes a job that keeps what it begins from, and outlives the old one', async (t) => {
  const service = await testApp(t)
  const { old, checkpoint } = await runningJob(service)
  const changes = { clipping: { policy: 'norm', threshold: 0.5 }, optimizer: { type: 'sgd', learning_rate: 0.1 } }
  const answer = await service.http.post(`/v1/jobs/${old.id}/fork`).send({ step: STEP, changes }).expect(202)
  const made = answer.body as Job
  assertMatches(Job, made)
  assert.equal(answer.headers['location'], `/v1/jobs/${made.id}`)
  assert.equal(answer.headers['link'], `</#/compare?jobs=${old.id},${made.id}>; rel="related"`)
  assert.deepEqual(made.forked_from, { job: old.id, checkpoint: checkpoint.id, step: STEP })
  assert.deepEqual([made.retry_of, made.progress.step, made.spec.optimizer.type], [null, STEP, 'sgd'])

  const epoch = (await service.store.jobs.get(old.id)).attempts.length
  await service.store.jobs.move(old.id, epoch, 'failed', { reason: 'engine_error' })
  await service.http.delete(`/v1/jobs/${old.id}`).expect(204)
  const claim = await service.store.jobs.claim(made.id, 'wrk_1')
  assert.ok('epoch' in claim && claim.fork?.checkpoint)
  assert.deepEqual([claim.fromStep, claim.checkpoints.length, claim.fork.step], [STEP, 0, STEP])
  assert.deepEqual(claim.fork.spec, old.spec)
  const { copy } = claim.fork.checkpoint
  assert.deepEqual([copy.job, copy.step, copy.sha256], [made.id, SAVED, checkpoint.sha256])
  const { position } = await readCheckpoint(service.app.artifacts, copy)
  assert.deepEqual(position, { step: SAVED })
})

test('a fork of a step before every checkpoint begins with the first weights', async (t) => {
  const service = await testApp(t)
  const { old } = await runningJob(service)
  const { body } = await service.http
    .post(`/v1/jobs/${old.id}/fork`)
    .send({ step: SAVED - 1 })
    .expect(202)
  const made = body as Job
  assert.deepEqual(made.forked_from, { job: old.id, checkpoint: null, step: SAVED - 1 })
  assert.deepEqual(made.spec, old.spec)
  assert.equal((await service.store.jobs.findFork(made.id))?.checkpoint, null)
})

test('a replay of a fork begins with what the fork keeps, and not before its step', async (t) => {
  const service = await testApp(t)
  const { old } = await runningJob(service)
  const { id } = (await service.http.post(`/v1/jobs/${old.id}/fork`).send({ step: STEP }).expect(202)).body as Job
  const epoch = await claimed(service, id)
  await service.store.jobs.heartbeat(id, epoch, { step: REACHED })
  const replay = (step: number) => service.http.post(`/v1/jobs/${id}/replay`).send({ step })
  assertProblem(await replay(STEP), 'STEP_OUT_OF_REACH')
  assert.equal(((await replay(STEP + 1).expect(202)).body as { checkpoint: unknown }).checkpoint, null)
})

const REFUSED: [why: string, fork: object, code: string, pointer: string][] = [
  ['a step that was not made', { step: REACHED + 1 }, 'STEP_OUT_OF_REACH', '/step'],
  ['no step', {}, 'INVALID_SPECIFICATION', '/step'],
  [
    'another network',
    { step: STEP, changes: { model: { hidden_size: 3 } } },
    'CHECKPOINT_UNSUITABLE',
    '/changes/model/hidden_size',
  ],
  [
    'another seed',
    { step: STEP, changes: { training: { seed: 8 } } },
    'CHECKPOINT_UNSUITABLE',
    '/changes/training/seed',
  ],
  [
    'no step to go on to',
    { step: STEP, changes: { training: { max_steps: STEP } } },
    'CHECKPOINT_UNSUITABLE',
    '/changes/training/max_steps',
  ],
  ['a field that is wrong', { step: STEP, changes: { clipping: 1 } }, 'INVALID_SPECIFICATION', '/changes/clipping'],
]

test('POST …/fork refuses with the field named, and creates nothing', async (t) => {
  const service = await testApp(t)
  const { old } = await runningJob(service)
  for (const [why, body, code, pointer] of REFUSED) {
    const problem = assertProblem(await service.http.post(`/v1/jobs/${old.id}/fork`).send(body), code)
    assert.equal(problem.errors?.[0]?.pointer, pointer, why)
  }
  assert.equal((await service.store.jobs.list()).data.length, 1)
})
