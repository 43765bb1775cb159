import { MODEL_NAME, ModelRegistration, PAGE_QUERY, RegisteredModel, pageSchema } from '@unroll/contract'
import { Type } from 'typebox'
import { visibleOwner } from '../../access/caller.ts'
import { answer, answers, header } from '../../document/answers.ts'
import { registerModel } from '../../models/registration.ts'
import type { App } from '../../types.ts'
import { parameters } from '../parameters.ts'

const CREATE = {
  operationId: 'registerModel',
  tags: ['models'],
  summary: 'Registers a checkpoint of a job as the next version of a model.',
  description:
    'The version has a copy of the checkpoint: it stays, and answers, when the job is deleted. A request that is repeated registers another version.',
  body: ModelRegistration,
  response: answers(
    {
      201: answer(RegisteredModel, 'The model, with the new version first.', {
        location: header('Where the model is.'),
      }),
    },
    [
      'JOB_NOT_FOUND',
      'CHECKPOINT_NOT_FOUND',
      'CHECKPOINT_DAMAGED',
      'MODEL_NAME_TAKEN',
      'MODEL_FULL',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'CROSS_ORIGIN',
      'ARTIFACTS_UNAVAILABLE',
    ],
  ),
}

const LIST = {
  operationId: 'listModels',
  tags: ['models'],
  summary: 'Lists registered models, by name.',
  querystring: parameters({
    ...PAGE_QUERY,
    after: Type.Optional(Type.String({ pattern: MODEL_NAME, description: 'The `next` of the previous page.' })),
  }),
  response: answers({ 200: answer(pageSchema(RegisteredModel), 'A page of models.') }, []),
}

export function models(app: App): void {
  app.post('/v1/models', { schema: CREATE, config: { scope: 'submit' } }, async (request, reply) => {
    await app.store.owners.refuseForeign('job', request.body.job, visibleOwner(request.caller))
    const model = await registerModel(app, request.body)
    request.log.info(
      { model: model.name, version: model.versions[0]?.version, jobId: request.body.job },
      'model registered',
    )
    return reply.code(201).header('location', `/v1/models/${model.name}`).send(model)
  })

  app.get('/v1/models', { schema: LIST, config: { scope: 'read' } }, ({ query, caller }) =>
    app.store.models.list({ ...query, owner: visibleOwner(caller) }),
  )
}
