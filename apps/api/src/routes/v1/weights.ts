import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { Weights, pageSchema } from '@unroll/contract'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { visibleOwner } from '../../access/caller.ts'
import { answer, answers, header } from '../../document/answers.ts'
import { BYTE_STREAM } from '../../plugins/validation.ts'
import { limitStored } from '../../limits/policy.ts'
import { paceUpload } from '../../limits/pace.ts'
import type { App } from '../../types.ts'
import { refuseAnnouncedWeights, storeWeights } from '../../weights/storage.ts'
import { pageQuery, parameters } from '../parameters.ts'

const MEDIA_TYPE = 'application/octet-stream'

const CREATE = {
  operationId: 'createWeights',
  tags: ['weights'],
  summary: 'Uploads a file of weights from which jobs may start (`init_from`), streamed.',
  description:
    'Safetensors with our names or those of a PyTorch module, `.weights.h5` and `.keras` of Keras 3. A file that cannot be read is refused. A request that is repeated stores another file.',
  body: { content: { [MEDIA_TYPE]: { schema: BYTE_STREAM } } },
  querystring: parameters({
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'A name for users; the id by default.' }),
    ),
  }),
  response: answers({ 201: answer(Weights, 'The weights.', { location: header('Where the weights are.') }) }, [
    'WEIGHTS_INVALID',
    'WEIGHTS_TOO_LARGE',
    'QUOTA_EXCEEDED',
    'STORAGE_FULL',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

const LIST = {
  operationId: 'listWeights',
  tags: ['weights'],
  summary: 'Lists uploaded weights, newest first.',
  querystring: pageQuery('weights'),
  response: answers({ 200: answer(pageSchema(Weights), 'A page of weights.') }, []),
}

/** A separate context whose bodies are streams only. */
async function uploads(app: App): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(MEDIA_TYPE, async (request: FastifyRequest, stream: IncomingMessage) => {
    refuseAnnouncedWeights(request.headers['content-length'])
    return stream
  })
  app.post(
    '/v1/weights',
    { schema: CREATE, config: { mediaType: MEDIA_TYPE, isUpload: true, places: 'uploads', scope: 'submit' } },
    async (request, reply) => {
      const body = (request.body as Readable | undefined) ?? Readable.from([])
      const stored = await storeWeights(app, body, {
        name: request.query.name,
        owner: request.caller.owner,
        limits: limitStored(app, request.caller),
        pace: paceUpload(app, request.caller),
      })
      request.log.info({ weightsId: stored.id, format: stored.format, bytes: stored.bytes }, 'weights stored')
      return reply.code(201).header('location', `/v1/weights/${stored.id}`).send(stored)
    },
  )
}

export function weights(app: App): void {
  app.register(uploads)
  app.get('/v1/weights', { schema: LIST, config: { scope: 'read' } }, ({ query, caller }) =>
    app.store.weights.list({ ...query, owner: visibleOwner(caller) }),
  )
}
