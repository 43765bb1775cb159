import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Replay, type Job } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { claimed, saved } from '../testing/runs.ts'

const RESULT: NonNullable<Replay['result']> = {
  series: { loss: 0.5, grad_norm: 'Infinity' },
  layers: [{ name: 'layers.0', log10_norm: [-1, 'Infinity'], gates: { f: [0.5, 0.5] } }],
  origin: { pass: 'backward', layer: 0, timestep: 2, state: 'h', gate: 'f' },
  engine: { name: 'tensorflow', device: 'cpu', is_same: true },
  verified: { rows: 2, equal: 2, first_difference: null },
  computed_steps: 2,
}

test('POST /v1/jobs/{id}/replay queues a step from the checkpoint before it, once for the same step', async (t) => {
  const service = await testApp(t)
  const { id: job } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const epoch = await claimed(service, job)
  for (const step of [3, 6, 9]) await saved(service, { job, epoch, step })
  const { data } = await service.store.checkpoints.list(job)
  const kept = data.map(({ step }) => step)
  const post = (body: object) => service.http.post(`/v1/jobs/${job}/replay`).send(body)
  const answered = await post({ step: 9, observe: ['gates', 'flow'] }).expect(202)
  const replay = answered.body as Replay
  assertMatches(Replay, replay)
  const before = Math.max(...kept.filter((step) => step < 9), 0)
  assert.deepEqual(
    [replay.status, replay.step, replay.observe, replay.checkpoint?.step ?? 0, replay.result],
    ['queued', 9, ['flow', 'gates'], before, null],
  )
  const again = await post({ step: 9, observe: ['flow', 'gates'] })
    .expect(202)
    .expect('idempotent-replayed', 'true')
  assert.deepEqual(again.body, replay)
  assert.notEqual(((await post({ step: 8 }).expect(202)).body as Replay).id, replay.id)

  const path = answered.headers['location'] as string
  await service.http.get(path).expect(202).expect('retry-after', '1')
  const finished_at = new Date().toISOString()
  await service.store.replays.update({ ...replay, status: 'succeeded', finished_at, result: RESULT })
  const { body } = await service.http.get(path).expect(200)
  assertMatches(Replay, body as Replay)
  assert.deepEqual((body as Replay).result, RESULT)
  const list = (await service.http.get(`/v1/jobs/${job}/replays`).expect(200)).body as { data: Replay[] }
  assert.deepEqual(
    list.data.map(({ step }) => step),
    [8, 9],
  )
})

test('POST /v1/jobs/{id}/replay refuses a step that the run has not made, and queues nothing', async (t) => {
  const service = await testApp(t)
  const { id: job } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  await saved(service, { job, epoch: await claimed(service, job), step: 3 })
  const nothing = '0'.repeat(20)
  const refusals: [job: string, body: object, code: string, detail?: RegExp][] = [
    [job, { step: 4 }, 'STEP_OUT_OF_REACH', /a step that the run has made, at most 3/],
    [job, { step: 0 }, 'INVALID_REQUEST', /1/],
    [job, {}, 'INVALID_REQUEST', /Is required/],
    [job, { step: 1, observe: ['weights'] }, 'INVALID_REQUEST', /flow/],
    [`job_${nothing}`, { step: 1 }, 'JOB_NOT_FOUND'],
  ]
  for (const [id, body, code, detail] of refusals) {
    const problem = assertProblem(await service.http.post(`/v1/jobs/${id}/replay`).send(body), code)
    if (detail !== undefined) assert.match(problem.errors?.[0]?.detail ?? '', detail)
  }
  assert.deepEqual(await service.store.replays.list(job), [])
  assertProblem(await service.http.get(`/v1/jobs/${job}/replays/replay_${nothing}`), 'REPLAY_NOT_FOUND')
})

test('a job that goes on from a step of another is computed again from there on alone', async (t) => {
  const service = await testApp(t)
  const { id: old } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const epoch = await claimed(service, old)
  await saved(service, { job: old, epoch, step: 3 })
  await service.store.jobs.move(old, epoch, 'failed', { reason: 'engine_error' })
  const retried = await service.http.post(`/v1/jobs/${old}/retry`).send({ from_checkpoint: 'latest' }).expect(202)
  const { id: job } = retried.body as Job
  await saved(service, { job, epoch: await claimed(service, job), step: 5 })
  const replay = (step: number) => service.http.post(`/v1/jobs/${job}/replay`).send({ step })
  const problem = assertProblem(await replay(3), 'STEP_OUT_OF_REACH')
  assert.match(problem.errors?.[0]?.detail ?? '', /a step after 3, from which the job goes on/)
})
