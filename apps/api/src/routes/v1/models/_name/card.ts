import { ArtifactNotFoundError, modelCardKey } from '@unroll/artifacts'
import { UnrollError } from '@unroll/contract'
import { Readable } from 'node:stream'
import { answers } from '../../../../document/answers.ts'
import { VERSION, findVersion } from '../../../../models/version.ts'
import type { App } from '../../../../types.ts'
import { MODEL_NAMED, parameters } from '../../../parameters.ts'

const CARD = 'text/markdown'

const GET = {
  operationId: 'getModelCard',
  tags: ['models'],
  summary: 'Returns the model card of a registered model, as it was when the version was registered.',
  description: 'What it has: `GET /v1/jobs/{id}/checkpoints/{checkpoint}/card`.',
  params: MODEL_NAMED,
  querystring: parameters({ version: VERSION }),
  response: answers({ 200: { description: 'The card.', content: { [CARD]: { schema: { type: 'string' } } } } }, [
    'MODEL_NOT_FOUND',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

export function modelCard(app: App): void {
  app.get(
    '/v1/models/:name/card',
    { schema: GET, config: { scope: 'read' } },
    async ({ params: { name }, query }, reply) => {
      const { id, version } = await findVersion(app, name, query.version)
      const card = await app.artifacts.get(modelCardKey(id)).catch((error: unknown) => {
        if (!(error instanceof ArtifactNotFoundError)) throw error
        const why = 'an earlier release registered it, which wrote none'
        throw new UnrollError('MODEL_NOT_FOUND', `Cannot find a card of version ${version} of model "${name}": ${why}`)
      })
      return reply
        .type(`${CARD}; charset=utf-8`)
        .header('content-disposition', `inline; filename="${name}-version-${version}.md"`)
        .header('cache-control', 'no-cache')
        .send(Readable.from(card, { objectMode: false }))
    },
  )
}
