import { readEvaluations } from '@unroll/artifacts'
import { Evaluation, EvaluationReport, EvaluationRequest, pageSchema, type Page } from '@unroll/contract'
import { visibleOwner } from '../../../../access/caller.ts'
import { answer, answers, header } from '../../../../document/answers.ts'
import { admitEvaluation } from '../../../../inference/evaluation.ts'
import { findVisibleDataset } from '../../../../jobs/admission.ts'
import { IDEMPOTENCY_HEADERS, fingerprintRequest } from '../../../../jobs/idempotency.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const LIST = {
  operationId: 'listJobEvaluations',
  tags: ['evaluations'],
  summary:
    'Gives how a job on a data set answers what was held out, once it has succeeded, and other data sets on request.',
  description:
    'Of all data: loss and scores, and of classes a row each and the confusion matrix, of numbers the error at each horizon. First what the job held out: of a task, and before the end, there is none; the series of evaluations during the run are in its metrics. Then the evaluations on request that have succeeded, newest first.',
  params: JOB_ID,
  response: answers({ 200: answer(pageSchema(EvaluationReport), 'At most one for each part, and those on request.') }, [
    'JOB_NOT_FOUND',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

const CREATE = {
  operationId: 'createJobEvaluation',
  tags: ['evaluations'],
  summary: 'Evaluates a checkpoint of a job on all of another data set, which a worker does beside training.',
  description:
    'Fields, classes, symbols and normalisation are those of the checkpoint, also when the data set that it was trained on is gone. A data set that does not have them is refused. At most 100 evaluations are kept of a job.',
  params: JOB_ID,
  body: EvaluationRequest,
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      202: answer(Evaluation, 'The evaluation, which waits for a worker.', {
        location: header('Where its result is going to be.'),
        'idempotent-replayed': header('"true" when the key was used before and this is the evaluation of that time.'),
      }),
    },
    [
      'JOB_NOT_FOUND',
      'CHECKPOINT_NOT_FOUND',
      'DATASET_NOT_FOUND',
      'CHECKPOINT_UNSUITABLE',
      'CHECKPOINT_DAMAGED',
      'DATASET_UNSUITABLE',
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_KEY_SPENT',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'CROSS_ORIGIN',
      'ARTIFACTS_UNAVAILABLE',
    ],
  ),
}

export function evaluations(app: App): void {
  app.get(
    '/v1/jobs/:id/evaluations',
    { schema: LIST, config: { scope: 'read' } },
    async ({ params }): Promise<Page<EvaluationReport>> => {
      await app.store.jobs.get(params.id)
      const [held, asked] = await Promise.all([
        readEvaluations(app.artifacts, params.id),
        app.store.evaluations.list(params.id),
      ])
      const reports = asked.flatMap(({ id, dataset, checkpoint, report }) =>
        report === null ? [] : [{ ...report, id, dataset, checkpoint }],
      )
      return { object: 'list', data: [...held, ...reports], has_more: false, next: null }
    },
  )

  app.post('/v1/jobs/:id/evaluations', { schema: CREATE, config: { scope: 'submit' } }, async (request, reply) => {
    const { params, body, log } = request
    const findDataset = findVisibleDataset(app.store, visibleOwner(request.caller))
    const wanted = await admitEvaluation(app, params.id, body, findDataset)
    const idempotency = fingerprintRequest(request, [params.id, body])
    const { request: evaluation, replayed } = await app.store.evaluations.create(wanted, idempotency)
    log.info({ jobId: params.id, evaluation: evaluation.id, dataset: wanted.dataset, replayed }, 'evaluation accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.code(202).header('location', `/v1/jobs/${params.id}/evaluations/${evaluation.id}`).send(evaluation)
  })
}
