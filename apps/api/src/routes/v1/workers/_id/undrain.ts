import { Worker } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { WORKER_ID } from '../../../parameters.ts'

const UNDRAIN = {
  operationId: 'undrainWorker',
  tags: ['workers'],
  summary: 'Undrains a worker: it takes jobs again.',
  params: WORKER_ID,
  response: answers({ 202: answer(Worker, 'The worker.') }, ['WORKER_NOT_FOUND', 'CROSS_ORIGIN']),
}

export function undrain(app: App): void {
  app.post('/v1/workers/:id/undrain', { schema: UNDRAIN, config: { scope: 'operate' } }, async (request, reply) =>
    reply.code(202).send(await app.store.workers.undrain(request.params.id)),
  )
}
