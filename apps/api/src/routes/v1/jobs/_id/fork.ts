import { Job, JobFork } from '@unroll/contract'
import { visibleOwner } from '../../../../access/caller.ts'
import { SUBMISSION_REFUSALS, answer, answers, header } from '../../../../document/answers.ts'
import { forkStep } from '../../../../jobs/fork_step.ts'
import { IDEMPOTENCY_HEADERS, creationHeaders, fingerprintRequest } from '../../../../jobs/idempotency.ts'
import { limitUnended } from '../../../../limits/policy.ts'
import { spendSteps } from '../../../../limits/steps.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const FORK = {
  operationId: 'forkJob',
  tags: ['jobs'],
  summary: 'Creates a new job that goes on from any step of an old one, with something changed.',
  description:
    'Up to the step it is the old run, bit for bit: its weights, optimizer state, random counters and position in the data. A worker computes them again from the checkpoint before the step, of which the new job keeps a copy. Without changes the new run is the old one. `Link` leads to the page that shows both side by side.',
  params: JOB_ID,
  body: JobFork,
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      202: answer(Job, 'The new job.', {
        ...creationHeaders('job'),
        link: header('The page on which both runs are compared, with relation "related".'),
      }),
    },
    [...SUBMISSION_REFUSALS, 'CHECKPOINT_UNSUITABLE', 'STEP_OUT_OF_REACH'],
  ),
}

export function fork(app: App): void {
  app.post('/v1/jobs/:id/fork', { schema: FORK, config: { scope: 'submit' } }, async (request, reply) => {
    const { params, body, log } = request
    const { job, replayed } = await forkStep(app, params.id, body, {
      idempotency: fingerprintRequest(request, [params.id, body]),
      owner: visibleOwner(request.caller),
      limits: limitUnended(app, request.caller),
      spend: (steps, make) => spendSteps(app, request, reply, steps, make),
    })
    log.info({ jobId: job.id, forkOf: params.id, step: body.step, replayed }, 'job accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .header('link', `</#/compare?jobs=${params.id},${job.id}>; rel="related"`)
      .send(job)
  })
}
