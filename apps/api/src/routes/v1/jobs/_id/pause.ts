import { Job } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const PAUSE = {
  operationId: 'pauseJob',
  tags: ['jobs'],
  summary: 'Pauses a job; a running job stops at its next step and keeps its place.',
  params: JOB_ID,
  response: answers({ 202: answer(Job, 'The job, paused or about to be.') }, [
    'JOB_NOT_FOUND',
    'JOB_ENDED',
    'CROSS_ORIGIN',
  ]),
}

export function pause(app: App): void {
  app.post('/v1/jobs/:id/pause', { schema: PAUSE }, async (request, reply) =>
    reply.code(202).send(await app.store.jobs.pause(request.params.id)),
  )
}
