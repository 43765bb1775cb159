import { PredictionRequest } from '@unroll/contract'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import {
  MOST_VALUES,
  PREDICTION_DESCRIPTION,
  predictionAnswers,
  replyWithPrediction,
} from '../../../../inference/prediction_reply.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const CREATE = {
  operationId: 'createPrediction',
  tags: ['predictions'],
  summary: 'Has a checkpoint of a job answer sequences, or write on from a prompt.',
  description: PREDICTION_DESCRIPTION,
  params: JOB_ID,
  body: PredictionRequest,
  response: predictionAnswers(['JOB_NOT_FOUND', 'CHECKPOINT_NOT_FOUND']),
}

export function predictions(app: App): void {
  let admission: PredictionAdmission | undefined
  const options = { schema: CREATE, config: { mostValues: MOST_VALUES } }
  app.post('/v1/jobs/:id/predictions', options, async (http, reply) => {
    const { params, body: request } = http
    admission ??= new PredictionAdmission(app)
    const admit = () => admission!.admit(params.id, request)
    return await replyWithPrediction(app, { http, reply }, { admit, request, told: { job: params.id } })
  })
}
