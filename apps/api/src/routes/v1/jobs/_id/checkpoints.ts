import { Checkpoint, pageSchema } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, pageQuery } from '../../../parameters.ts'

const LIST = {
  operationId: 'listCheckpoints',
  tags: ['checkpoints'],
  summary: 'Lists the checkpoints of a run, newest first.',
  params: JOB_ID,
  querystring: pageQuery('checkpoint'),
  response: answers({ 200: answer(pageSchema(Checkpoint), 'A page of checkpoints.') }, ['JOB_NOT_FOUND']),
}

export function checkpoints(app: App): void {
  app.get('/v1/jobs/:id/checkpoints', { schema: LIST, config: { scope: 'read' } }, (request) =>
    app.store.checkpoints.list(request.params.id, request.query),
  )
}
