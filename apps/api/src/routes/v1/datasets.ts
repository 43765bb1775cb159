import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import {
  Dataset,
  DatasetDryRun,
  PAGE_QUERY,
  TEXT_OPTIONS,
  UPLOAD_KEY,
  UPLOAD_OPTIONS,
  idPattern,
  pageSchema,
} from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { visibleOwner } from '../../access/caller.ts'
import { UPLOAD_MEDIA_TYPES, chooseFormat } from '../../datasets/formats.ts'
import { endUpload, findOutcome, nameUpload, readParts } from '../../datasets/parts.ts'
import { refuseAnnouncedSize } from '../../datasets/size.ts'
import { readUpload, storeDataset, tryDataset } from '../../datasets/upload.ts'
import { parseOptions } from '../../datasets/upload_options.ts'
import { answer, answers, header } from '../../document/answers.ts'
import { limitStored } from '../../limits/policy.ts'
import { paceUpload } from '../../limits/pace.ts'
import { IDEMPOTENCY_HEADERS, fingerprintRequest } from '../../jobs/idempotency.ts'
import { isUtf8Charset, unsupportedMediaType } from '../../plugins/media.ts'
import { BYTE_STREAM, TEXT_STREAM } from '../../plugins/validation.ts'
import type { App } from '../../types.ts'

const CREATE = {
  operationId: 'createDataset',
  tags: ['datasets'],
  summary: 'Uploads a text in UTF-8 or sequences, streamed; what is in them is found out while they come.',
  body: {
    content: Object.fromEntries(
      UPLOAD_MEDIA_TYPES.map((type) => [type, { schema: type === 'text/plain' ? TEXT_STREAM : BYTE_STREAM }]),
    ),
  },
  querystring: Type.Object(
    {
      name: Type.Optional(
        Type.String({ minLength: 1, maxLength: 128, description: 'A name for users; the id by default.' }),
      ),
      dry_run: Type.Boolean({ default: false, description: 'Says what is in the upload, and stores nothing.' }),
      upload: Type.Optional({
        ...UPLOAD_KEY,
        description: 'Reads what was sent in parts under this key (`PATCH /v1/uploads/{key}`) and not the body.',
      }),
      ...TEXT_OPTIONS,
      ...UPLOAD_OPTIONS,
    },
    { additionalProperties: false },
  ),
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      200: answer(DatasetDryRun, 'What the data set would be; nothing was stored.'),
      201: answer(Dataset, 'The data set.', {
        location: header('Where the data set is.'),
        'idempotent-replayed': header('`true` when the data set was made by an earlier request with the same key.'),
      }),
    },
    [
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_KEY_SPENT',
      'DATASET_EMPTY',
      'DATASET_INVALID',
      'DATASET_NOT_UTF8',
      'DATASET_TOO_LARGE',
      'QUOTA_EXCEEDED',
      'STORAGE_FULL',
      'UNSUPPORTED_MEDIA_TYPE',
      'ARTIFACTS_UNAVAILABLE',
      'CROSS_ORIGIN',
    ],
  ),
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

/** Time without progress after which the connection of an upload closes: the service may still read what was sent. */
const READING_MS = 60 * 60_000

/** A separate context whose bodies are streams only. */
export async function uploads(app: App): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...UPLOAD_MEDIA_TYPES], async (request: FastifyRequest, stream: IncomingMessage) => {
    if (!isUtf8Charset(request.headers['content-type'] ?? '')) throw unsupportedMediaType(request)
    refuseAnnouncedSize(request.headers['content-length'], app.maxDatasetBytes)
    return stream
  })
  const finished = awaitedOnClose(app)
  const mediaType = UPLOAD_MEDIA_TYPES.join(' or ')
  app.post(
    '/v1/datasets',
    { schema: CREATE, config: { mediaType, isUpload: true, places: 'uploads', scope: 'submit' } },
    async (request, reply) => {
      request.raw.setTimeout(READING_MS)
      const { name, upload } = request.query
      const { owner } = request.caller
      const limits = limitStored(app, request.caller)
      const parts = upload === undefined ? undefined : nameUpload(upload, owner)
      const format = chooseFormat(request.headers['content-type'] ?? 'text/plain', name)
      const ended = parts === undefined || request.query.dry_run ? undefined : await findOutcome(app, parts)
      if (ended !== undefined) return answerCreated(reply, ended, true)
      const body = (request.body as Readable | undefined) ?? Readable.from([])
      const source =
        parts === undefined ? body : Readable.from(readParts(app.artifacts, parts, () => !reply.raw.destroyed))
      const options = parseOptions(format, request.query)
      // Parts were paced when they came.
      const pace = parts === undefined ? paceUpload(app, request.caller) : undefined
      const reading = readUpload(source, options, { maxBytes: app.maxDatasetBytes, ...(pace && { pace }) })
      if (request.query.dry_run) return reply.code(200).send(await finished(tryDataset(reading)))
      const idempotency = (sha256: string) => fingerprintRequest(request, { name, format, options, sha256 })
      const { dataset, replayed } = await finished(storeDataset(app, reading, { name, owner, limits, idempotency }))
      request.log.info({ datasetId: dataset.id, format, bytes: dataset.bytes, replayed }, 'data set stored')
      if (parts !== undefined) await endUpload(app, parts, dataset.id)
      return answerCreated(reply, dataset, replayed)
    },
  )
}

function answerCreated(reply: FastifyReply, dataset: Dataset, isReplayed: boolean): FastifyReply {
  if (isReplayed) reply.header('idempotent-replayed', 'true')
  return reply.code(201).header('location', `/v1/datasets/${dataset.id}`).send(dataset)
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
  app.get('/v1/datasets', { schema: LIST, config: { scope: 'read' } }, ({ query, caller }) =>
    app.store.datasets.list({ ...query, owner: visibleOwner(caller) }),
  )
}
