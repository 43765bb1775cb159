import { Readable } from 'node:stream'
import { ArtifactNotFoundError, stateKey } from '@unroll/artifacts'
import { UnrollError, type Checkpoint } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, header } from '../../../../../../document/answers.ts'
import type { App } from '../../../../../../types.ts'
import { CHECKPOINT_ID, parameters } from '../../../../../parameters.ts'

const MEDIA_TYPE = 'application/octet-stream'

const GET = {
  operationId: 'getCheckpointContent',
  tags: ['checkpoints'],
  summary: 'Returns the tensors of a checkpoint as a file: parameters, moments of the optimizer and carried states.',
  params: CHECKPOINT_ID,
  querystring: parameters({
    format: Type.Enum(['safetensors'], { type: 'string', default: 'safetensors', description: 'Of the file.' }),
  }),
  response: answers(
    {
      200: {
        description: 'The file, streamed.',
        content: { [MEDIA_TYPE]: { schema: { type: 'string', format: 'binary' } } },
        headers: {
          etag: header('The SHA-256 digest of the file in hex.'),
          'repr-digest': header('The same as RFC 9530 has it: `sha-256=:…:`, base64.'),
          'content-disposition': header('A name for the file.'),
        },
      },
    },
    ['JOB_NOT_FOUND', 'CHECKPOINT_NOT_FOUND', 'ARTIFACTS_UNAVAILABLE'],
  ),
}

export function content(app: App): void {
  app.get('/v1/jobs/:id/checkpoints/:checkpoint/content', { schema: GET }, async ({ params }, reply) => {
    const found = await app.store.checkpoints.get(params.id, params.checkpoint)
    const bytes = await app.artifacts.get(stateKey(found)).catch((error: unknown) => {
      throw error instanceof ArtifactNotFoundError ? gone(found) : error
    })
    const digest = Buffer.from(found.sha256, 'hex').toString('base64')
    return reply
      .type(MEDIA_TYPE)
      .header('content-length', found.bytes)
      .header('content-disposition', `attachment; filename="${found.job}-step-${found.step}.safetensors"`)
      .header('etag', `"${found.sha256}"`)
      .header('repr-digest', `sha-256=:${digest}:`)
      .header('cache-control', 'private, max-age=31536000, immutable')
      .send(Readable.from(bytes, { objectMode: false }))
  })
}

/** A newer checkpoint has replaced it since the lookup. */
function gone({ id, job }: Checkpoint): UnrollError {
  return new UnrollError('CHECKPOINT_NOT_FOUND', `Cannot read checkpoint "${id}" of job "${job}": its bytes are gone`)
}
