import { ModelPredictionRequest, registeredCheckpoint } from '@unroll/contract'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import {
  MOST_VALUES,
  PREDICTION_DESCRIPTION,
  predictionAnswers,
  replyWithPrediction,
} from '../../../../inference/prediction_reply.ts'
import { readInputs } from '../../../../inference/prediction_table.ts'
import { TABLE_DESCRIPTION, TABLE_MEDIA_TYPES, TABLE_QUERY, withTables } from '../../../../inference/table_body.ts'
import { VERSION, findVersion } from '../../../../models/version.ts'
import type { App } from '../../../../types.ts'
import { MODEL_NAMED, parameters } from '../../../parameters.ts'

const CREATE = {
  operationId: 'createModelPrediction',
  tags: ['models', 'predictions'],
  summary: 'Has a registered model answer sequences, or write on from a prompt.',
  description: `${PREDICTION_DESCRIPTION} ${TABLE_DESCRIPTION}`,
  params: MODEL_NAMED,
  querystring: parameters({ version: VERSION, ...TABLE_QUERY }),
  body: ModelPredictionRequest,
  response: predictionAnswers(['MODEL_NOT_FOUND']),
}

export function modelPredictions(app: App): void {
  const admission = new PredictionAdmission(app)
  const config = { mostValues: MOST_VALUES, mediaType: TABLE_MEDIA_TYPES, scope: 'read' } as const
  withTables(app, readInputs, (scope) =>
    scope.post('/v1/models/:name/predictions', { schema: CREATE, config }, async (http, reply) => {
      const { version, ...asked } = http.query
      const found = await findVersion(app, http.params.name, version)
      const checkpoint = registeredCheckpoint(found)
      const request = { ...http.body, ...asked, checkpoint: checkpoint.id }
      const admit = () => admission.admitWeights({ spec: found.spec, checkpoint }, request)
      return await replyWithPrediction(
        app,
        { http, reply },
        { admit, request, told: { job: found.job, version: found.version } },
      )
    }),
  )
}
