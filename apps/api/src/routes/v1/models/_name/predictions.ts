import {
  MODEL_VERSION,
  ModelPredictionRequest,
  UnrollError,
  chooseVersion,
  registeredCheckpoint,
} from '@unroll/contract'
import { Type } from 'typebox'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import {
  MOST_VALUES,
  PREDICTION_DESCRIPTION,
  predictionAnswers,
  replyWithPrediction,
} from '../../../../inference/prediction_reply.ts'
import type { App } from '../../../../types.ts'
import { MODEL_NAMED, parameters } from '../../../parameters.ts'

const CREATE = {
  operationId: 'createModelPrediction',
  tags: ['models', 'predictions'],
  summary: 'Has a registered model answer sequences, or write on from a prompt.',
  description: PREDICTION_DESCRIPTION,
  params: MODEL_NAMED,
  querystring: parameters({
    version: Type.Optional(
      Type.String({
        pattern: MODEL_VERSION,
        description:
          'A version by its number or an alias; "production" unless given, and the newest where no version has that alias.',
      }),
    ),
  }),
  body: ModelPredictionRequest,
  response: predictionAnswers(['MODEL_NOT_FOUND']),
}

export function modelPredictions(app: App): void {
  const admission = new PredictionAdmission(app)
  const options = { schema: CREATE, config: { mostValues: MOST_VALUES, scope: 'read' } } as const
  app.post('/v1/models/:name/predictions', options, async (http, reply) => {
    const { name } = http.params
    const { version: wanted } = http.query
    const found = chooseVersion(await app.store.models.get(name), wanted)
    if (found === undefined)
      throw new UnrollError('MODEL_NOT_FOUND', `Cannot find version "${wanted}" of model "${name}"`)
    const checkpoint = registeredCheckpoint(found)
    const request = { ...http.body, checkpoint: checkpoint.id }
    const admit = () => admission.admitWeights({ spec: found.spec, checkpoint }, request)
    return await replyWithPrediction(
      app,
      { http, reply },
      { admit, request, told: { job: found.job, version: found.version } },
    )
  })
}
