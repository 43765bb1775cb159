import { ModelPatch, RegisteredModel } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers, noBody } from '../../../document/answers.ts'
import { deleteVersions } from '../../../models/registration.ts'
import type { App } from '../../../types.ts'
import { MODEL_NAMED, parameters } from '../../parameters.ts'

const GET = {
  operationId: 'getModel',
  tags: ['models'],
  summary: 'Returns a registered model with its versions and aliases.',
  params: MODEL_NAMED,
  response: answers({ 200: answer(RegisteredModel, 'The model.') }, ['MODEL_NOT_FOUND']),
}

const PATCH = {
  operationId: 'updateModel',
  tags: ['models'],
  summary: 'Sets or removes aliases of a registered model.',
  params: MODEL_NAMED,
  body: ModelPatch,
  response: answers({ 200: answer(RegisteredModel, 'The model.') }, [
    'MODEL_NOT_FOUND',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

const DELETE = {
  operationId: 'deleteModel',
  tags: ['models'],
  summary: 'Deletes a version of a registered model with its aliases, or the whole model.',
  params: MODEL_NAMED,
  querystring: parameters({
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The version to delete; with the last one the model ends.' }),
    ),
  }),
  response: answers({ 204: noBody('It is deleted.') }, ['MODEL_NOT_FOUND', 'CROSS_ORIGIN', 'ARTIFACTS_UNAVAILABLE']),
}

export function model(app: App): void {
  app.get('/v1/models/:name', { schema: GET, config: { scope: 'read' } }, (request) =>
    app.store.models.get(request.params.name),
  )

  app.patch('/v1/models/:name', { schema: PATCH, config: { scope: 'submit' } }, (request) =>
    app.store.models.setAliases(request.params.name, request.body.aliases),
  )

  app.delete('/v1/models/:name', { schema: DELETE, config: { scope: 'submit' } }, async (request, reply) => {
    const { params, query } = request
    const deleted = await app.store.models.delete(params.name, query.version) // The record first: nobody asks them from here on.
    await deleteVersions(app.artifacts, deleted)
    request.log.info({ model: params.name, versions: deleted.map(({ version }) => version) }, 'model deleted')
    return reply.code(204).send()
  })
}
