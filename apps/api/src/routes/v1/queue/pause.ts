import { ACCELERATOR_CLASSES, QueueState } from '@unroll/contract'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { QUEUES } from '../queue.ts'

const PAUSE = {
  operationId: 'pauseQueue',
  tags: ['workers'],
  summary: 'Pauses one queue or all: no more jobs are started until it is resumed.',
  description:
    'Running jobs continue, and more may be posted. A queue that is already paused keeps the time of its pause.',
  body: QUEUES,
  response: answers({ 200: answer(QueueState, 'The queue, paused.') }, [
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

export function pauseQueue(app: App): void {
  app.post('/v1/queue/pause', { schema: PAUSE }, async (request, reply) => {
    const { accelerator } = request.body
    await app.store.queue.pause(accelerator === undefined ? ACCELERATOR_CLASSES : [accelerator])
    request.log.info({ accelerator }, 'queue paused')
    return reply.code(200).send(await app.store.queue.state())
  })
}
