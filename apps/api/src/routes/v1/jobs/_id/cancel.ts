import { Job } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const CANCEL = {
  operationId: 'cancelJob',
  tags: ['jobs'],
  summary: 'Cancels a job; a running job stops at its next step.',
  params: JOB_ID,
  response: answers({ 202: answer(Job, 'The job, cancelled or about to be.') }, [
    'JOB_NOT_FOUND',
    'JOB_ENDED',
    'CROSS_ORIGIN',
  ]),
}

export function cancel(app: App): void {
  app.post('/v1/jobs/:id/cancel', { schema: CANCEL }, async (request, reply) =>
    reply.code(202).send(await app.store.jobs.cancel(request.params.id)),
  )
}
