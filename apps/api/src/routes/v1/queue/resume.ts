import { ACCELERATOR_CLASSES, QueueState } from '@unroll/contract'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { QUEUES } from '../queue.ts'

const RESUME = {
  operationId: 'resumeQueue',
  tags: ['workers'],
  summary: 'Resumes one queue or all.',
  body: QUEUES,
  response: answers({ 200: answer(QueueState, 'The queue.') }, [
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

export function resumeQueue(app: App): void {
  app.post('/v1/queue/resume', { schema: RESUME }, async (request, reply) => {
    const { accelerator } = request.body
    await app.store.queue.resume(accelerator === undefined ? ACCELERATOR_CLASSES : [accelerator])
    request.log.info({ accelerator }, 'queue resumed')
    return reply.code(200).send(await app.store.queue.state())
  })
}
