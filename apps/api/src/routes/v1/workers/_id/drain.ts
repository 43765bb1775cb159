import { Worker } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { WORKER_ID } from '../../../parameters.ts'

const DRAIN = {
  operationId: 'drainWorker',
  tags: ['workers'],
  summary: 'Drains a worker: it takes no more jobs until it is undrained.',
  params: WORKER_ID,
  body: Type.Object(
    {
      running: Type.Enum(['hand_back', 'finish'], {
        type: 'string',
        default: 'hand_back',
        description: 'Jobs that it trains are handed back to the queue at their next step, or trained to their end.',
      }),
    },
    { additionalProperties: false, default: {} },
  ),
  response: answers({ 202: answer(Worker, 'The worker, draining.') }, [
    'WORKER_NOT_FOUND',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

export function drain(app: App): void {
  app.post('/v1/workers/:id/drain', { schema: DRAIN, config: { scope: 'operate' } }, async (request, reply) =>
    reply.code(202).send(await app.store.workers.drain(request.params.id, request.body.running)),
  )
}
