import { once } from 'node:events'
import { Readable } from 'node:stream'
import { Prediction, PredictionRequest, type UnrollError } from '@unroll/contract'
import { Type } from 'typebox'
import { answers } from '../../../../document/answers.ts'
import { STREAMS, collectAnswer, encodeAnswer, followAnswer } from '../../../../inference/answer_stream.ts'
import { ARROW, preferredOf } from '../../../../inference/media_types.ts'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import { predictionAsArrow, readInputs } from '../../../../inference/prediction_table.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const JSON_TYPE = 'application/json'
const TYPES = [JSON_TYPE, ARROW, ...STREAMS] as const

/** Fields and items of a body: sequences have many steps. */
const MOST_VALUES = 250_000

/** Time for which a client may wait for an answer that is not streamed. */
const WAITING_MS = 10 * 60_000

const IN_PLACE = 'With a table, in place of the same field of the body:'

function inPlace(name: string) {
  return Type.Optional(Type.Boolean({ description: `${IN_PLACE} \`${name}\`.` }))
}

const CREATE = {
  operationId: 'createPrediction',
  tags: ['predictions'],
  summary: 'Has a checkpoint of a job answer sequences, or write on from a prompt.',
  description:
    'A worker answers, beside training. The same request is answered the same, whatever else is asked at the same time: what is drawn is a function of `seed`. With `Accept: text/event-stream` or `application/x-ndjson` what is written comes as it is written: messages `text`, then `end`, or `error` where it breaks off. A client that leaves ends its request. A body in `application/vnd.apache.arrow.stream` is a table with a row for each sequence, a column for each field and the list of its steps in each cell, or one column of texts; with `Accept` of the same type the answers are a table too.',
  params: JOB_ID,
  querystring: parameters({
    checkpoint: Type.Optional(Type.String({ description: `${IN_PLACE} \`checkpoint\`.` })),
    steps: inPlace('steps'),
    saliency: inPlace('saliency'),
    gates: inPlace('gates'),
  }),
  body: PredictionRequest,
  response: answers(
    {
      200: {
        description: 'The answer.',
        content: {
          [JSON_TYPE]: { schema: Prediction },
          [ARROW]: { schema: Type.String({ format: 'binary' }) },
          ...Object.fromEntries(STREAMS.map((type) => [type, { schema: Type.String() }])),
        },
      },
    },
    [
      'JOB_NOT_FOUND',
      'CHECKPOINT_NOT_FOUND',
      'CHECKPOINT_UNSUITABLE',
      'CHECKPOINT_DAMAGED',
      'INPUT_UNSUITABLE',
      'NOT_ACCEPTABLE',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'CROSS_ORIGIN',
      'ARTIFACTS_UNAVAILABLE',
      'PREDICTIONS_FULL',
      'PREDICTION_TIMEOUT',
      'PREDICTION_FAILED',
    ],
  ),
}

/** Bytes of a table of sequences, at most. */
const MOST_TABLE_BYTES = 16 * 2 ** 20

export function predictions(app: App): void {
  void app.register(async (scope: App) => {
    scope.addContentTypeParser(ARROW, { parseAs: 'buffer', bodyLimit: MOST_TABLE_BYTES }, (_request, bytes, done) => {
      try {
        done(null, { inputs: readInputs(bytes as Buffer) })
      } catch (error) {
        done(error as UnrollError)
      }
    })
    addPredictions(scope)
  })
}

function addPredictions(app: App): void {
  const admission = new PredictionAdmission(app)
  const options = { schema: CREATE, config: { mostValues: MOST_VALUES, mediaType: `${JSON_TYPE} or ${ARROW}` } }
  app.post('/v1/jobs/:id/predictions', options, async (request, reply) => {
    const { params, query, headers, raw, id: requestId } = request
    const body = { ...request.body, ...query }
    const type = preferredOf(headers.accept, TYPES)
    const { job, checkpoint, isText } = await admission.admit(params.id, body)
    raw.setTimeout(WAITING_MS)
    const left = new AbortController()
    void once(reply.raw, 'close').then(() => left.abort())
    const id = await app.store.predictions.ask({ spec: job.spec, checkpoint, request: body })
    request.log.info({ jobId: job.id, checkpoint: checkpoint.id, prediction: id }, 'prediction asked')
    const following = await followAnswer(app.store, id, left.signal)
    const about = { object: 'prediction', job: job.id, checkpoint: checkpoint.id, step: checkpoint.step } as const
    if (type === JSON_TYPE) return reply.send(await collectAnswer(about, following, isText))
    if (type === ARROW) return reply.type(type).send(predictionAsArrow(await collectAnswer(about, following, isText)))
    const encoded = encodeAnswer(about, following, { type, isText, requestId })
    return reply
      .type(type)
      .header('cache-control', 'no-store, no-transform')
      .header('x-accel-buffering', 'no') // nginx would buffer messages
      .send(Readable.from(encoded, { objectMode: false }))
  })
}
