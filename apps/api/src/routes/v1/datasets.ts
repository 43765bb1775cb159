import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { Dataset, PAGE_QUERY, idPattern, pageSchema } from '@unroll/contract'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { refuseAnnouncedSize, refuseRecords } from '../../datasets/text.ts'
import { storeText } from '../../datasets/upload.ts'
import { answer, answers, header } from '../../document/answers.ts'
import { isUtf8Charset, unsupportedMediaType } from '../../plugins/media.ts'
import { TEXT_STREAM } from '../../plugins/validation.ts'
import type { App } from '../../types.ts'

const MEDIA_TYPE = 'text/plain'

const CREATE = {
  operationId: 'createDataset',
  tags: ['datasets'],
  summary: 'Uploads a text in UTF-8, streamed; jobs train on its characters.',
  consumes: [MEDIA_TYPE],
  body: TEXT_STREAM,
  querystring: Type.Object(
    {
      name: Type.Optional(
        Type.String({ minLength: 1, maxLength: 128, description: 'A name for users; the id by default.' }),
      ),
    },
    { additionalProperties: false },
  ),
  response: answers({ 201: answer(Dataset, 'The data set.', { location: header('Where the data set is.') }) }, [
    'DATASET_EMPTY',
    'DATASET_NOT_UTF8',
    'DATASET_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'ARTIFACTS_UNAVAILABLE',
    'CROSS_ORIGIN',
  ]),
}

const LIST = {
  operationId: 'listDatasets',
  tags: ['datasets'],
  summary: 'Lists data sets, newest first.',
  querystring: Type.Object(
    {
      ...PAGE_QUERY,
      after: Type.Optional(
        Type.String({ pattern: idPattern('dataset'), description: 'The `next` of the previous page.' }),
      ),
    },
    { additionalProperties: false },
  ),
  response: answers({ 200: answer(pageSchema(Dataset), 'A page of data sets.') }, []),
}

/** A separate context whose bodies are streams of text only. */
export async function uploads(app: App): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(MEDIA_TYPE, async (request: FastifyRequest, stream: IncomingMessage) => {
    if (!isUtf8Charset(request.headers['content-type'] ?? '')) throw unsupportedMediaType(request)
    refuseAnnouncedSize(request.headers['content-length'], app.maxDatasetBytes)
    return stream
  })
  const finished = awaitedOnClose(app)
  app.post('/v1/datasets', { schema: CREATE, config: { mediaType: MEDIA_TYPE } }, async (request, reply) => {
    refuseRecords(request.query.name)
    const source = (request.body as Readable | undefined) ?? Readable.from([])
    const dataset = await finished(storeText(app, source, request.query.name))
    request.log.info({ datasetId: dataset.id, bytes: dataset.bytes }, 'data set stored')
    return reply.code(201).header('location', `/v1/datasets/${dataset.id}`).send(dataset)
  })
}

/** Marks work that the service waits for before it stops, so that an interrupted upload is cleaned up. */
function awaitedOnClose(app: App): <Result>(work: Promise<Result>) => Promise<Result> {
  const open = new Set<Promise<unknown>>()
  app.addHook('onClose', () => Promise.allSettled(open))
  return (work) => {
    open.add(work)
    return work.finally(() => open.delete(work))
  }
}

export function datasets(app: App): void {
  app.register(uploads)
  app.get('/v1/datasets', { schema: LIST }, (request) => app.store.datasets.list(request.query))
}
