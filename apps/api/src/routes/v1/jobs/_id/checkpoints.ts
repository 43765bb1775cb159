import { Checkpoint, PAGE_QUERY, idPattern, pageSchema } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const LIST = {
  operationId: 'listCheckpoints',
  tags: ['checkpoints'],
  summary: 'Lists the checkpoints of a run, newest first.',
  params: JOB_ID,
  querystring: Type.Object(
    {
      ...PAGE_QUERY,
      after: Type.Optional(
        Type.String({ pattern: idPattern('checkpoint'), description: 'The `next` of the previous page.' }),
      ),
    },
    { additionalProperties: false },
  ),
  response: answers({ 200: answer(pageSchema(Checkpoint), 'A page of checkpoints.') }, ['JOB_NOT_FOUND']),
}

export function checkpoints(app: App): void {
  app.get('/v1/jobs/:id/checkpoints', { schema: LIST }, (request) =>
    app.store.checkpoints.list(request.params.id, request.query),
  )
}
