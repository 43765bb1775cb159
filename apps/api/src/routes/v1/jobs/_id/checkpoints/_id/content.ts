import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, type CheckpointFormat } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, header } from '../../../../../../document/answers.ts'
import { exportCheckpoint, openState } from '../../../../../../exports/export_checkpoint.ts'
import type { App } from '../../../../../../types.ts'
import { CHECKPOINT_ID, parameters } from '../../../../../parameters.ts'

const DEFAULT: CheckpointFormat = 'state'
const MEDIA_TYPES = [...new Set(CHECKPOINT_FORMAT_NAMES.map((name) => CHECKPOINT_FORMATS[name].mediaType))]
const FORMATS = CHECKPOINT_FORMAT_NAMES.map((name) => `\`${name}\`: ${CHECKPOINT_FORMATS[name].summary}`)
const BINARY = { schema: { type: 'string', format: 'binary' } }

const GET = {
  operationId: 'getCheckpointContent',
  tags: ['checkpoints'],
  summary: 'Returns a checkpoint as a file: the state of the run, or its network in a format of other tools.',
  params: CHECKPOINT_ID,
  querystring: parameters({
    format: Type.Enum(CHECKPOINT_FORMAT_NAMES as [CheckpointFormat], {
      type: 'string',
      default: DEFAULT,
      description: `Of the file. ${FORMATS.join('; ')}.`,
    }),
  }),
  response: answers(
    {
      200: {
        description: 'The file.',
        content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, BINARY])),
        headers: {
          etag: header('The SHA-256 digest of the file in hex.'),
          'repr-digest': header('The same as RFC 9530 has it: `sha-256=:…:`, base64.'),
          'content-disposition': header('A name for the file.'),
        },
      },
    },
    [
      'JOB_NOT_FOUND',
      'CHECKPOINT_NOT_FOUND',
      'CHECKPOINT_DAMAGED',
      'CHECKPOINT_UNSUITABLE',
      'FORMAT_UNSUITABLE',
      'ARTIFACTS_UNAVAILABLE',
    ],
  ),
}

export function content(app: App): void {
  app.get(
    '/v1/jobs/:id/checkpoints/:checkpoint/content',
    { schema: GET, config: { scope: 'read' } },
    async ({ params, query }, reply) => {
      const { format } = query
      const checkpoint = await app.store.checkpoints.get(params.id, params.checkpoint)
      const { mediaType, extension } = CHECKPOINT_FORMATS[format]
      const kind = format === DEFAULT ? '' : `-${format}`
      reply
        .type(mediaType)
        .header(
          'content-disposition',
          `attachment; filename="${params.id}-step-${checkpoint.step}${kind}.${extension}"`,
        )
        .header('cache-control', 'private, max-age=31536000, immutable')
      const send = (bytes: number, sha256: string, body: AsyncIterable<Uint8Array> | Uint8Array) =>
        reply
          .header('content-length', bytes)
          .header('etag', `"${sha256}"`)
          .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
          .send(body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }))
      if (format === 'state')
        return send(checkpoint.bytes, checkpoint.sha256, await openState(app.artifacts, checkpoint))
      const job = await app.store.jobs.get(params.id)
      const file = await exportCheckpoint(app.artifacts, { job, checkpoint }, format)
      return send(file.length, createHash('sha256').update(file).digest('hex'), file)
    },
  )
}
