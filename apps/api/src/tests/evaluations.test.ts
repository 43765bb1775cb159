import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeEvaluations } from '@unroll/artifacts'
import { EvaluationReport, type Job } from '@unroll/contract'
import { JOB, assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { trained } from '../testing/runs.ts'

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
