import { PredictionRequest } from '@unroll/contract'
import { Type } from 'typebox'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import {
  MOST_VALUES,
  PREDICTION_DESCRIPTION,
  predictionAnswers,
  replyWithPrediction,
} from '../../../../inference/prediction_reply.ts'
import { readInputs } from '../../../../inference/prediction_table.ts'
import {
  IN_PLACE,
  TABLE_DESCRIPTION,
  TABLE_MEDIA_TYPES,
  TABLE_QUERY,
  withTables,
} from '../../../../inference/table_body.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const CREATE = {
  operationId: 'createPrediction',
  tags: ['predictions'],
  summary: 'Has a checkpoint of a job answer sequences, or write on from a prompt.',
  description: `${PREDICTION_DESCRIPTION} ${TABLE_DESCRIPTION}`,
  params: JOB_ID,
  querystring: parameters({
    checkpoint: Type.Optional(Type.String({ description: `${IN_PLACE} \`checkpoint\`.` })),
    ...TABLE_QUERY,
  }),
  body: PredictionRequest,
  response: predictionAnswers(['JOB_NOT_FOUND', 'CHECKPOINT_NOT_FOUND']),
}

export function predictions(app: App): void {
  const admission = new PredictionAdmission(app)
  const config = { mostValues: MOST_VALUES, mediaType: TABLE_MEDIA_TYPES, scope: 'read' } as const
  const options = { schema: CREATE, config }
  withTables(app, readInputs, (scope) =>
    scope.post('/v1/jobs/:id/predictions', options, async (http, reply) => {
      const { params, body, query } = http
      const request = { ...body, ...query }
      const admit = () => admission.admit(params.id, request)
      return await replyWithPrediction(app, { http, reply }, { admit, request, told: { job: params.id } })
    }),
  )
}
