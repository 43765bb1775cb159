import { Job, JobRetry } from '@unroll/contract'
import { visibleOwner } from '../../../../access/caller.ts'
import { SUBMISSION_REFUSALS, answer, answers } from '../../../../document/answers.ts'
import { IDEMPOTENCY_HEADERS, creationHeaders, fingerprintRequest } from '../../../../jobs/idempotency.ts'
import { retryJob } from '../../../../jobs/retry.ts'
import { limitUnended } from '../../../../limits/policy.ts'
import { spendSteps } from '../../../../limits/steps.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const RETRY = {
  operationId: 'retryJob',
  tags: ['jobs'],
  summary: 'Creates a new job from an old one, from the start or from a checkpoint, with changes to its specification.',
  params: JOB_ID,
  body: JobRetry,
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      202: answer(Job, 'The new job.', creationHeaders('job')),
    },
    [...SUBMISSION_REFUSALS, 'CHECKPOINT_UNSUITABLE'],
  ),
}

export function retry(app: App): void {
  app.post('/v1/jobs/:id/retry', { schema: RETRY, config: { scope: 'submit' } }, async (request, reply) => {
    const { params, body, log } = request
    const { job, replayed } = await retryJob(app, params.id, body, {
      idempotency: fingerprintRequest(request, [params.id, body]),
      owner: visibleOwner(request.caller),
      limits: limitUnended(app, request.caller),
      spend: (steps, make) => spendSteps(app, request, reply, steps, make),
    })
    log.info({ jobId: job.id, retryOf: params.id, replayed }, 'job accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(job)
  })
}
