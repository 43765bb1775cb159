import { Replay, pageSchema, type Page } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const LIST = {
  operationId: 'listJobReplays',
  tags: ['metrics'],
  summary: 'Gives the past steps of a run that were computed again, the newest request first.',
  params: JOB_ID,
  response: answers({ 200: answer(pageSchema(Replay), 'All that are kept, in one page.') }, ['JOB_NOT_FOUND']),
}

export function replays(app: App): void {
  app.get(
    '/v1/jobs/:id/replays',
    { schema: LIST, config: { scope: 'read' } },
    async ({ params }): Promise<Page<Replay>> => {
      await app.store.jobs.get(params.id)
      return { object: 'list', data: await app.store.replays.list(params.id), has_more: false, next: null }
    },
  )
}
