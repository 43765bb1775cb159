import { Diagnosis, FINDINGS, amend, type Finding, type JobSpec, type RecordedFinding } from '@unroll/spec'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const GET = {
  operationId: 'getJobDiagnosis',
  tags: ['metrics'],
  summary: 'Gives what hinders training, each with its evidence and a specification that may help.',
  description:
    'The rules and their thresholds: docs/diagnosis.md. A `proposed_spec` can be posted to `/v1/jobs` as it is.',
  params: JOB_ID,
  response: answers({ 200: answer(Diagnosis, 'The findings; none of a healthy run.') }, ['JOB_NOT_FOUND']),
}

export function diagnosis(app: App): void {
  app.get('/v1/jobs/:id/diagnosis', { schema: GET }, async ({ params }): Promise<Diagnosis> => {
    const [{ spec }, found] = await Promise.all([app.store.jobs.get(params.id), app.store.findings.list(params.id)])
    const findings = [...found.filter(holds), ...found.filter((finding) => !holds(finding))]
    return { object: 'diagnosis', job: params.id, findings: findings.map((finding) => proposing(spec, finding)) }
  })
}

function proposing(spec: JobSpec, { code, ...finding }: RecordedFinding): Finding {
  const amended = finding.changes === null ? undefined : amend(spec, finding.changes)
  return {
    code,
    title: FINDINGS[code].title,
    ...finding,
    proposed_spec: amended?.ok === true ? amended.value : null,
  }
}

function holds({ until_step }: RecordedFinding): boolean {
  return until_step === null
}
