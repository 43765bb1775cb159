import { Readable } from 'node:stream'
import { ByteCache } from '@unroll/history'
import { STREAM_ID_PATTERN, STREAM_MESSAGES, STREAM_TYPES, formatCursor } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import { Type } from 'typebox'
import { answers, noBody } from '../../../../document/answers.ts'
import { formatFullPageTag } from '../../../../metrics/freshness.ts'
import { LAYER, selectFlow } from '../../../../metrics/flow.ts'
import { SERIES_QUERY } from '../../../../metrics/selection.ts'
import { chunkAt, type Chunk, type Subject } from '../../../../stream/chunk.ts'
import { JobStream } from '../../../../stream/job_stream.ts'
import { formatPosition, parsePosition, type Position } from '../../../../stream/position.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const MEDIA_TYPE = 'text/event-stream'
/**
 * Bytes of cached chunks for readers at the same position: the newest rows, and some 30,000 rows of a run that are read from
 * its start. A cache that is smaller than what is read in a row has none of it when the next reader comes.
 */
const CHUNK_BYTES = 32 * 2 ** 20

const MESSAGES = Object.entries(STREAM_MESSAGES)
  .map(([type, about]) => `\`${type}\`: ${about}`)
  .join(' ')

const GET = {
  operationId: 'streamJob',
  tags: ['metrics'],
  summary: 'Streams a run as server-sent events.',
  description: `Data of the messages, by type. ${MESSAGES} The id of a message is the place to go on from: with \`Last-Event-ID\` nothing is left out and nothing but a status comes twice. A comment comes every 15 s; a reader that takes nothing for 60 s is cut off.`,
  params: JOB_ID,
  querystring: parameters({
    types: Type.Array(Type.Enum([...STREAM_TYPES], { type: 'string' }), {
      default: [...STREAM_TYPES],
      minItems: 1,
      uniqueItems: true,
      description: 'Types of the requested messages; `end` always comes.',
    }),
    ...SERIES_QUERY,
    layer: LAYER,
    after: Type.Optional(
      Type.String({
        pattern: STREAM_ID_PATTERN,
        description:
          'The id of the last message known, where `Last-Event-ID` cannot be sent, or the `cursor` of a page of metrics.',
      }),
    ),
  }),
  headers: Type.Object({
    'last-event-id': Type.Optional(
      Type.String({
        pattern: STREAM_ID_PATTERN,
        description: 'The id of the last message known; goes before `after`.',
      }),
    ),
  }),
  response: answers(
    {
      200: { description: 'Messages, until the job has ended.', content: { [MEDIA_TYPE]: { schema: Type.String() } } },
      204: noBody('The reader has had the message `end`: there is no need to connect again.'),
    },
    ['JOB_NOT_FOUND'],
  ),
}

export function stream(app: App): void {
  const chunks = new ByteCache<Chunk>(CHUNK_BYTES)
  app.get(
    '/v1/jobs/:id/stream',
    { schema: GET, config: { scope: 'read', places: 'streams' } },
    async (request, reply) => {
      const { params, query, headers } = request
      const { types, series, layer, after } = query
      const job = await app.store.jobs.get(params.id)
      const from = parsePosition(headers['last-event-id'] ?? after ?? '0.0')
      if (from.ended) return reply.code(204).send()
      const subject: Subject = { job, types, series, flow: selectFlow(job.spec, { layer }) }
      // Encoded once for all readers at the same position with the same selection; a full chunk once for all states of
      // the run.
      const chunk = (at: Position, head: MetricsHead) => {
        const place = [job.id, formatPosition(at), types, series, layer].join(' ')
        const make = async () => {
          const value = await chunkAt(app.store, subject, at, head)
          return { value, bytes: value.bytes.length, lasts: value.isFull }
        }
        return chunks.get(`${place} ${formatTag(head)}`, make, `${place} ${formatFullPageTag(head)} ${head.events}`)
      }
      const { heads, heartbeatMs } = app
      // For HEAD the framework drops the body, and the stream of a run would continue without a reader.
      const messages =
        request.method === 'HEAD' ? Readable.from([]) : new JobStream({ id: job.id, from, heads, chunk, heartbeatMs })
      return reply
        .type(MEDIA_TYPE)
        .header('cache-control', 'no-store, no-transform')
        .header('x-accel-buffering', 'no') // nginx would buffer messages
        .header('connection', 'close') // otherwise a stop would wait for idle connections of ended streams
        .send(messages)
    },
  )
}

function formatTag(head: MetricsHead): string {
  return `${formatCursor(head)}.${head.events}${head.done ? '.done' : ''}`
}
