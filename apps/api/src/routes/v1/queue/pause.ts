import { ACCELERATOR_CLASSES, QueueState } from '@unroll/contract'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { QUEUES } from '../queue.ts'

const PAUSE = {
  operationId: 'pauseQueue',
  tags: ['workers'],
  summary: 'Hands out no more jobs, of one queue or of all, until it is resumed.',
  description: 'Jobs that train go on, and more may be posted. A queue that is paused already stays so since then.',
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
