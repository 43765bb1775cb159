import { JobEvent, PAGE_QUERY, pageSchema } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const LIST = {
  operationId: 'listJobEvents',
  tags: ['jobs'],
  summary: 'Lists the events of a job, oldest first.',
  params: JOB_ID,
  querystring: parameters({
    ...PAGE_QUERY,
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The `seq` of the last known event.',
      }),
    ),
  }),
  response: answers({ 200: answer(pageSchema(JobEvent), 'A page of events.') }, ['JOB_NOT_FOUND']),
}

export function events(app: App): void {
  app.get('/v1/jobs/:id/events', { schema: LIST, config: { scope: 'read' } }, (request) =>
    app.store.events.list(request.params.id, request.query),
  )
}
