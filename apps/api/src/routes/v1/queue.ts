import { QueueState } from '@unroll/contract'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const GET = {
  operationId: 'getQueue',
  tags: ['workers'],
  summary: 'Returns depth and longest wait of the queue by accelerator and labels, and the number of jobs by state.',
  response: answers({ 200: answer(QueueState, 'The queue.') }, []),
}

export function queue(app: App): void {
  app.get('/v1/queue', { schema: GET, config: { scope: 'read' } }, () => app.store.queue.state())
}
