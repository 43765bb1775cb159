import { OptimStep, OptimStepRequest } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import { ANSWER_HEADERS, ASKING, ASKING_HEADERS, askSession } from '../../../../sessions/asking.ts'
import type { App } from '../../../../types.ts'
import { SESSION_ID } from '../../../parameters.ts'

const ASK = {
  operationId: 'updateSession',
  tags: ['sessions'],
  summary: 'Clips the gradient that waits and updates the weights.',
  description:
    'The answer acknowledges the update: it is not lost with the worker, whose successor computes it again from the log of the session, bit for bit.',
  params: SESSION_ID,
  body: OptimStepRequest,
  headers: ASKING_HEADERS,
  response: answers({ 200: answer(OptimStep, 'The update.', ANSWER_HEADERS) }, [...ASKING, 'NO_GRADIENT']),
}

export function optimStep(app: App): void {
  app.post(
    '/v1/sessions/:id/optim_step',
    { schema: ASK, config: { scope: 'submit', audited: false } },
    (request, reply) => askSession(app, { request, reply }, { type: 'optim_step', request: request.body }),
  )
}
