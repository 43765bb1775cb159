import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeEvaluations } from '@unroll/artifacts'
import { Evaluation, EvaluationReport, type Dataset, type Job, type ProblemDetails } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { claimed, saved, trained, withCheckpoint } from '../testing/runs.ts'

const REPORT: EvaluationReport = {
  part: 'test',
  step: 20,
  sequences: 3,
  targets: 3,
  scores: { loss: 0.5, accuracy: 2 / 3, macro_f1: 'NaN' },
  classes: [{ class: 'a', support: 3, precision: 1, recall: 2 / 3, f1: 0.8 }],
  confusion: [[2]],
}

test('GET /v1/jobs/{id}/evaluations gives what was kept of a job, and goes with the job', async (t) => {
  const service = await testApp(t)
  const { id } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const get = () => service.http.get(`/v1/jobs/${id}/evaluations`)
  assert.deepEqual((await get().expect(200)).body, { object: 'list', data: [], has_more: false, next: null })
  await writeEvaluations(service.artifacts, id, [REPORT])
  await trained(service, id, 0.5)
  const { data } = (await get().expect(200)).body as { data: EvaluationReport[] }
  assertMatches(EvaluationReport, data[0])
  assert.deepEqual(data, [REPORT])
  await service.http.delete(`/v1/jobs/${id}`).expect(204)
  assertProblem(await get(), 'JOB_NOT_FOUND')
  assert.deepEqual(service.files(), [])
})

test('POST /v1/jobs/{id}/evaluations queues the evaluation of the best checkpoint, once for a key', async (t) => {
  const service = await testApp(t)
  const { job, dataset, checkpoint } = await withCheckpoint(service)
  const post = (body: object) => service.http.post(`/v1/jobs/${job}/evaluations`).set('idempotency-key', 'k').send(body)
  const answered = await post({ dataset }).expect(202)
  const evaluation = answered.body as Evaluation
  assertMatches(Evaluation, evaluation)
  assert.deepEqual(
    [evaluation.status, evaluation.checkpoint, evaluation.step, evaluation.report],
    ['queued', checkpoint, 3, null],
  )
  const again = await post({ dataset }).expect(202).expect('idempotent-replayed', 'true')
  assert.deepEqual(again.body, evaluation)
  assertProblem(await post({ dataset, checkpoint: 'latest' }), 'IDEMPOTENCY_KEY_REUSED')

  const path = answered.headers['location'] as string
  await service.http.get(path).expect(202).expect('retry-after', '1')
  const report: EvaluationReport = { ...REPORT, part: 'dataset' }
  const finished_at = new Date().toISOString()
  await service.store.evaluations.update({ ...evaluation, status: 'succeeded', finished_at, report })
  assert.deepEqual(((await service.http.get(path).expect(200)).body as Evaluation).report, report)
  const { body } = await service.http.get(`/v1/jobs/${job}/evaluations`).expect(200)
  assert.deepEqual((body as { data: unknown }).data, [{ ...report, id: evaluation.id, dataset, checkpoint }])
})

test('POST /v1/jobs/{id}/evaluations refuses what the model cannot read, and queues nothing', async (t) => {
  const service = await testApp(t)
  const { job, dataset } = await withCheckpoint(service)
  const upload = async (type: string, text: string) =>
    ((await service.http.post('/v1/datasets').type(type).send(text).expect(201)).body as Dataset).id
  const strange = await upload('text/plain', 'cadabrant')
  const sequences = await upload('application/jsonl', '{"inputs":[1,2],"label":"a"}')
  const { id: onTask } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  await saved(service, { job: onTask, epoch: await claimed(service, onTask), step: 1 })
  const { id: fresh } = (await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  const nothing = '0'.repeat(20)
  const refusals: [job: string, body: object, code: string, detail?: RegExp][] = [
    [job, { dataset: strange }, 'DATASET_UNSUITABLE', /only the 5 characters that the model knows: it has "n", "t"/],
    [job, { dataset: sequences }, 'DATASET_UNSUITABLE', /Must be a text/],
    [job, { dataset: `ds_${nothing}` }, 'DATASET_NOT_FOUND', /id of an uploaded data set/],
    [job, { dataset, checkpoint: `ckpt_${nothing}` }, 'CHECKPOINT_NOT_FOUND'],
    [job, { dataset, checkpoint: 'newest' }, 'INVALID_REQUEST', /"best"|best/],
    [job, {}, 'INVALID_REQUEST', /Is required/],
    [onTask, { dataset }, 'CHECKPOINT_UNSUITABLE'],
    [fresh, { dataset }, 'CHECKPOINT_NOT_FOUND'],
    [`job_${nothing}`, { dataset }, 'JOB_NOT_FOUND'],
  ]
  for (const [id, body, code, detail] of refusals) {
    const problem: ProblemDetails = assertProblem(
      await service.http.post(`/v1/jobs/${id}/evaluations`).send(body),
      code,
    )
    if (detail !== undefined) assert.match(problem.errors?.[0]?.detail ?? '', detail)
  }
  assert.deepEqual(await service.store.evaluations.list(job), [])
  assertProblem(await service.http.get(`/v1/jobs/${job}/evaluations/eval_${nothing}`), 'EVALUATION_NOT_FOUND')
})
