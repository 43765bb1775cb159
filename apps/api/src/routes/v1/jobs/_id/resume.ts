import { Job } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const RESUME = {
  operationId: 'resumeJob',
  tags: ['jobs'],
  summary: 'Resumes a paused job: it returns to the queue.',
  params: JOB_ID,
  response: answers({ 202: answer(Job, 'The job, in the queue or further.') }, [
    'JOB_NOT_FOUND',
    'JOB_BUSY',
    'JOB_ENDED',
    'CROSS_ORIGIN',
  ]),
}

export function resume(app: App): void {
  app.post('/v1/jobs/:id/resume', { schema: RESUME }, async (request, reply) =>
    reply.code(202).send(await app.store.jobs.resume(request.params.id)),
  )
}
