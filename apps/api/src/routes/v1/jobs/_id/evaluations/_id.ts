import { Evaluation } from '@unroll/contract'
import { answer, answers, header } from '../../../../../document/answers.ts'
import type { App } from '../../../../../types.ts'
import { EVALUATION_ID } from '../../../../parameters.ts'

const POLL_SECONDS = 1

const GET = {
  operationId: 'getJobEvaluation',
  tags: ['evaluations'],
  summary: 'Gives an evaluation on request: 202 until it has ended.',
  params: EVALUATION_ID,
  response: answers(
    {
      200: answer(Evaluation, 'The evaluation, which has succeeded or failed.'),
      202: answer(Evaluation, 'The evaluation, which waits or runs.', {
        'retry-after': header('Seconds until the next look.'),
      }),
    },
    ['EVALUATION_NOT_FOUND'],
  ),
}

export function evaluation(app: App): void {
  app.get(
    '/v1/jobs/:id/evaluations/:evaluation',
    { schema: GET, config: { scope: 'read' } },
    async ({ params }, reply) => {
      const found = await app.store.evaluations.get(params.id, params.evaluation)
      if (found.finished_at !== null) return found
      return reply.code(202).header('retry-after', POLL_SECONDS).send(found)
    },
  )
}
