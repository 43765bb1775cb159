import { ModelPredictionRequest, registeredCheckpoint } from '@unroll/contract'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import {
  MOST_VALUES,
  PREDICTION_DESCRIPTION,
  predictionAnswers,
  replyWithPrediction,
} from '../../../../inference/prediction_reply.ts'
import { VERSION, findVersion } from '../../../../models/version.ts'
import type { App } from '../../../../types.ts'
import { MODEL_NAMED, parameters } from '../../../parameters.ts'

const CREATE = {
  operationId: 'createModelPrediction',
  tags: ['models', 'predictions'],
  summary: 'Has a registered model answer sequences, or write on from a prompt.',
  description: PREDICTION_DESCRIPTION,
  params: MODEL_NAMED,
  querystring: parameters({ version: VERSION }),
  body: ModelPredictionRequest,
  response: predictionAnswers(['MODEL_NOT_FOUND']),
}

export function modelPredictions(app: App): void {
  const admission = new PredictionAdmission(app)
  const options = { schema: CREATE, config: { mostValues: MOST_VALUES, scope: 'read' } } as const
  app.post('/v1/models/:name/predictions', options, async (http, reply) => {
    const found = await findVersion(app, http.params.name, http.query.version)
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
