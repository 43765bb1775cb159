import { Delivery, PAGE_QUERY, pageSchema } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const LIST = {
  operationId: 'listDeliveries',
  tags: ['jobs'],
  summary: 'Lists the deliveries of the events of a job to its receivers, newest first.',
  params: JOB_ID,
  querystring: parameters({
    ...PAGE_QUERY,
    after: Type.Optional(
      Type.String({
        pattern: '^dlv_[0-9a-z]{20}_[0-9]{1,9}_[0-9]$',
        description: 'The `next` of the previous page.',
      }),
    ),
  }),
  response: answers({ 200: answer(pageSchema(Delivery), 'A page of deliveries.') }, ['JOB_NOT_FOUND']),
}

export function deliveries(app: App): void {
  app.get('/v1/jobs/:id/deliveries', { schema: LIST, config: { scope: 'read' } }, (request) =>
    app.store.notifications.list(request.params.id, request.query),
  )
}
