import { FORMAT, contentAnswers, replyWithContent } from '../../../../../../exports/content_reply.ts'
import type { App } from '../../../../../../types.ts'
import { CHECKPOINT_ID, parameters } from '../../../../../parameters.ts'

const GET = {
  operationId: 'getCheckpointContent',
  tags: ['checkpoints'],
  summary: 'Returns a checkpoint as a file: the state of the run, or its network in a format of other tools.',
  params: CHECKPOINT_ID,
  querystring: parameters({ format: FORMAT }),
  response: contentAnswers(['JOB_NOT_FOUND']),
}

export function content(app: App): void {
  const options = { schema: GET, config: { scope: 'read' } } as const
  app.get('/v1/jobs/:id/checkpoints/:checkpoint/content', options, async ({ params, query }, reply) => {
    const checkpoint = await app.store.checkpoints.get(params.id, params.checkpoint)
    const { spec } = await app.store.jobs.get(params.id)
    const name = `${params.id}-step-${checkpoint.step}`
    reply.header('cache-control', 'private, max-age=31536000, immutable')
    return await replyWithContent(app, reply, { source: { spec, job: params.id, checkpoint }, ...query, name })
  })
}
