import { Job } from '@unroll/spec'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { JOB_ID } from '../../ids.ts'

const GET = {
  operationId: 'getJob',
  tags: ['jobs'],
  summary: 'Gives a job: its state, progress, place in the queue and result.',
  params: JOB_ID,
  response: answers({ 200: answer(Job, 'The job.') }, ['JOB_NOT_FOUND']),
}

export function job(app: App): void {
  app.get('/v1/jobs/:id', { schema: GET }, (request) => app.store.jobs.get(request.params.id))
}
