import { Worker, pageSchema } from '@unroll/contract'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const LIST = {
  operationId: 'listWorkers',
  tags: ['workers'],
  summary: 'Lists the workers of the last hour and the jobs of their slots.',
  response: answers({ 200: answer(pageSchema(Worker), 'All workers.') }, []),
}

export function workers(app: App): void {
  app.get('/v1/workers', { schema: LIST }, async () => ({
    object: 'list',
    data: await app.store.workers.list(),
    has_more: false,
    next: null,
  }))
}
