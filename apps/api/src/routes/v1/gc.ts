import { Garbage } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import { collectGarbage } from '../../storage/garbage.ts'
import type { App } from '../../types.ts'
import { parameters } from '../parameters.ts'

const COLLECT = {
  operationId: 'collectGarbage',
  tags: ['operation'],
  summary: 'Deletes artifacts without a record and jobs older than the retention, or with dry_run lists them.',
  description:
    'One request deletes up to 1,000 artifacts and 100 jobs; `has_more` says that there may be others, and the request can be repeated. What the newest attempt of a job that has not ended wrote is left alone, and whatever is younger than an hour. All installations that keep artifacts in one place would delete those of each other: each needs a place of its own.',
  querystring: parameters({
    dry_run: Type.Boolean({ default: false, description: 'Deletes nothing; returns what would be deleted.' }),
  }),
  response: answers({ 200: answer(Garbage, 'The deleted items, or with dry_run those that would be deleted.') }, [
    'ARTIFACTS_UNAVAILABLE',
    'CROSS_ORIGIN',
  ]),
}

export function gc(app: App): void {
  app.post('/v1/gc', { schema: COLLECT, config: { scope: 'operate' } }, ({ query }) =>
    collectGarbage(app, { isTrial: query.dry_run }),
  )
}
