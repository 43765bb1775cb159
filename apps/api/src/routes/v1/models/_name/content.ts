import { registeredCheckpoint } from '@unroll/contract'
import { FORMAT, contentAnswers, replyWithContent } from '../../../../exports/content_reply.ts'
import { VERSION, findVersion } from '../../../../models/version.ts'
import type { App } from '../../../../types.ts'
import { MODEL_NAMED, parameters } from '../../../parameters.ts'

const GET = {
  operationId: 'getModelContent',
  tags: ['models'],
  summary:
    'Returns a registered model as a file, as of a checkpoint: its state, or its network in a format of other tools.',
  description: 'It is there when the job that trained it is deleted.',
  params: MODEL_NAMED,
  querystring: parameters({ version: VERSION, format: FORMAT }),
  response: contentAnswers(['MODEL_NOT_FOUND']),
}

export function modelContent(app: App): void {
  app.get('/v1/models/:name/content', { schema: GET, config: { scope: 'read' } }, async ({ params, query }, reply) => {
    const found = await findVersion(app, params.name, query.version)
    const { spec, job, version } = found
    const source = { spec, job, checkpoint: registeredCheckpoint(found) }
    reply.header('cache-control', 'no-cache') // an alias may be another version tomorrow
    const name = `${params.name}-version-${version}`
    return await replyWithContent(app, reply, { source, format: query.format, name })
  })
}
