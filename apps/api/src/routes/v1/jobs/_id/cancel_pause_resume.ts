import { Job } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const VERBS = {
  cancel: {
    summary: 'Cancels a job; a running job stops at its next step.',
    answered: 'The job, cancelled or about to be.',
    problems: ['JOB_ENDED'],
  },
  pause: {
    summary: 'Pauses a job; a running job stops at its next step and keeps its place.',
    answered: 'The job, paused or about to be.',
    problems: ['JOB_ENDED'],
  },
  resume: {
    summary: 'Resumes a paused job: it returns to the queue.',
    answered: 'The job, in the queue or further.',
    problems: ['JOB_BUSY', 'JOB_ENDED'],
  },
} as const

export function cancelPauseResume(app: App): void {
  for (const verb of ['cancel', 'pause', 'resume'] as const) {
    const { summary, answered, problems } = VERBS[verb]
    const schema = {
      operationId: `${verb}Job`,
      tags: ['jobs'],
      summary,
      params: JOB_ID,
      response: answers({ 202: answer(Job, answered) }, ['JOB_NOT_FOUND', ...problems, 'CROSS_ORIGIN']),
    }
    app.post(
      `/v1/jobs/:id/${verb}`,
      { schema, config: { scope: 'submit', stores: false } },
      async ({ params }, reply) => reply.code(202).send(await app.store.jobs[verb](params.id)),
    )
  }
}
