import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { Upload, UPLOAD_KEY } from '@unroll/contract'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { deleteParts, nameUpload, readUploadState, takePart } from '../../../datasets/parts.ts'
import { refuseAnnouncedSize } from '../../../datasets/size.ts'
import { answer, answers, header, noBody } from '../../../document/answers.ts'
import { BYTE_STREAM } from '../../../plugins/validation.ts'
import { limitStored } from '../../../limits/policy.ts'
import { paceUpload } from '../../../limits/pace.ts'
import type { App } from '../../../types.ts'
import { parameters } from '../../parameters.ts'

const KEY = parameters({ key: UPLOAD_KEY })
const OFFSET = { 'upload-offset': header('Bytes that have arrived.') }
/** The second is that of the draft of resumable uploads of the IETF. */
const PART_TYPES = ['application/octet-stream', 'application/partial-upload']

const GET = {
  operationId: 'getUpload',
  tags: ['datasets'],
  summary:
    'Says how far an upload in parts has come, at which it can be gone on with; HEAD gives the same as a header.',
  params: KEY,
  response: answers({ 200: answer(Upload, 'The upload.', OFFSET) }, ['ARTIFACTS_UNAVAILABLE']),
}

const APPEND = {
  operationId: 'appendToUpload',
  tags: ['datasets'],
  summary: 'Takes the next part of an upload, whole or not at all; `POST /v1/datasets?upload={key}` reads them all.',
  description: 'The first part begins the upload. Parts are kept for seven days, also when the service starts anew.',
  params: KEY,
  headers: Type.Object({
    'upload-offset': Type.Integer({ minimum: 0, description: 'Where the part starts in the upload: bytes before it.' }),
  }),
  body: { content: Object.fromEntries(PART_TYPES.map((type) => [type, { schema: BYTE_STREAM }])) },
  response: answers({ 200: answer(Upload, 'The upload with this part.', OFFSET) }, [
    'UPLOAD_OFFSET_WRONG',
    'DATASET_EMPTY',
    'DATASET_TOO_LARGE',
    'QUOTA_EXCEEDED',
    'STORAGE_FULL',
    'UNSUPPORTED_MEDIA_TYPE',
    'ARTIFACTS_UNAVAILABLE',
    'CROSS_ORIGIN',
  ]),
}

const DELETE = {
  operationId: 'deleteUpload',
  tags: ['datasets'],
  summary: 'Deletes the parts of an upload that have arrived.',
  params: KEY,
  response: answers({ 204: noBody('The parts are deleted.') }, ['ARTIFACTS_UNAVAILABLE', 'CROSS_ORIGIN']),
}

export function upload(app: App): void {
  app.get(
    '/v1/uploads/:key',
    { schema: GET, config: { scope: 'read' } },
    async ({ params: { key }, caller }, reply) => {
      const state = await readUploadState(app, nameUpload(key, caller.owner))
      return reply.header('upload-offset', state.offset).send({ ...state, key })
    },
  )

  app.delete(
    '/v1/uploads/:key',
    { schema: DELETE, config: { scope: 'submit' } },
    async ({ params: { key }, caller }, reply) => {
      await deleteParts(app, nameUpload(key, caller.owner))
      return reply.code(204).send()
    },
  )

  app.register(parts)
}

/** A separate context whose bodies are streams only. */
async function parts(app: App): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(PART_TYPES, async (request: FastifyRequest, stream: IncomingMessage) => {
    refuseAnnouncedSize(request.headers['content-length'], app.maxDatasetBytes)
    return stream
  })
  const config = { mediaType: PART_TYPES.join(' or '), isUpload: true, places: 'uploads', scope: 'submit' } as const
  app.patch('/v1/uploads/:key', { schema: APPEND, config }, async (request, reply) => {
    const { key } = request.params
    const body = (request.body as Readable | undefined) ?? Readable.from([])
    const { owner } = request.caller
    const part = { key: nameUpload(key, owner), owner, offset: request.headers['upload-offset'] }
    const offset = await takePart(app, part, body, {
      maxBytes: app.maxDatasetBytes,
      pace: paceUpload(app, request.caller),
      limits: limitStored(app, request.caller),
    })
    return reply.header('upload-offset', offset).send({ object: 'upload', key, offset })
  })
}
