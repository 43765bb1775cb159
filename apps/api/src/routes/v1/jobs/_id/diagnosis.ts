import { outlook } from '@unroll/diagnosis'
import { Diagnosis } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import { proposing } from '../../../../jobs/proposals.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const GET = {
  operationId: 'getJobDiagnosis',
  tags: ['metrics'],
  summary: 'Returns the findings about a run, each with its evidence and a corrected specification.',
  description:
    'The rules and their thresholds: docs/diagnosis.md. A `proposed_spec` can be posted to `/v1/jobs` as it is; its `name` says the change, its `metadata.proposed_from` the job.',
  params: JOB_ID,
  response: answers(
    { 200: answer(Diagnosis, 'The findings, of which a healthy run has none, and the state of each rule.') },
    ['JOB_NOT_FOUND'],
  ),
}

export function diagnosis(app: App): void {
  app.get(
    '/v1/jobs/:id/diagnosis',
    { schema: GET, config: { scope: 'read' } },
    async ({ params }): Promise<Diagnosis> => {
      const [job, found] = await Promise.all([app.store.jobs.get(params.id), app.store.findings.list(params.id)])
      const rules = outlook(job.spec, job.progress.step)
      return { object: 'diagnosis', job: params.id, findings: proposing(job, found), rules }
    },
  )
}
