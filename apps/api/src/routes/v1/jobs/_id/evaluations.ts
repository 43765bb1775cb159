import { readEvaluations } from '@unroll/artifacts'
import { EvaluationReport, pageSchema, type Page } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const GET = {
  operationId: 'listJobEvaluations',
  tags: ['metrics'],
  summary: 'Gives how a job on a data set that has succeeded answers what was held out.',
  description:
    'All that was held out: loss and scores, and of classes a row each and the confusion matrix, of numbers the error at each horizon. Of a task, and before the end, there is none; the series of evaluations during the run are in its metrics.',
  params: JOB_ID,
  response: answers({ 200: answer(pageSchema(EvaluationReport), 'At most one for each part, validation and test.') }, [
    'JOB_NOT_FOUND',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

export function evaluations(app: App): void {
  app.get('/v1/jobs/:id/evaluations', { schema: GET }, async ({ params }): Promise<Page<EvaluationReport>> => {
    await app.store.jobs.get(params.id)
    return { object: 'list', data: await readEvaluations(app.artifacts, params.id), has_more: false, next: null }
  })
}
