import { Readable } from 'node:stream'
import { Prediction, type ErrorCode, type PredictionRequest } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { answers } from '../document/answers.ts'
import type { App } from '../types.ts'
import { STREAMS, askWorker, collectAnswer, encodeAnswer, type StreamType } from './answer_stream.ts'
import { ARROW, choosePreferred } from './media_types.ts'
import type { Admitted } from './prediction.ts'
import { predictionAsArrow } from './prediction_table.ts'

const JSON_TYPE = 'application/json'
const TYPES: readonly (typeof JSON_TYPE | typeof ARROW | StreamType)[] = [JSON_TYPE, ARROW, ...STREAMS]

/** Fields and items of a body: sequences have many steps. */
export const MOST_VALUES = 250_000

/** Time for which a client may wait for an answer that is not streamed. */
const WAITING_MS = 10 * 60_000

/** What routes say of predictions. */
export const PREDICTION_DESCRIPTION =
  'A worker answers, beside training. The same request is answered the same, whatever else is asked at the same time: what is drawn is a function of `seed`. With `Accept: text/event-stream` or `application/x-ndjson` what is written comes as it is written: messages `text`, then `end`, or `error` where it breaks off. With `application/vnd.apache.arrow.stream` the answers are a table with a row for each sequence. A client that leaves ends its request.'

/** Responses of a route that predicts, with the errors of finding the weights. */
export function predictionAnswers(finding: readonly ErrorCode[]): ReturnType<typeof answers> {
  return answers(
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
      ...finding,
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
  )
}

/** Who is asked what, and as whose answer it is told. */
interface Asked {
  admit: () => Promise<Admitted>
  request: PredictionRequest
  told: Pick<Prediction, 'job' | 'version'>
}

/**
 * Has a worker answer, and replies in the format that the client prefers.
 *
 * @throws {UnrollError} NOT_ACCEPTABLE, and those of `admit` and of a failure that comes before anything else
 */
export async function replyWithPrediction(
  { store }: Pick<App, 'store'>,
  { http, reply }: { http: FastifyRequest; reply: FastifyReply },
  { admit, request, told }: Asked,
): Promise<FastifyReply> {
  const type = choosePreferred(http.headers.accept, TYPES)
  const { spec, checkpoint, isText } = await admit()
  http.raw.setTimeout(WAITING_MS)
  const body = { spec, checkpoint, request }
  const following = await askWorker(store, { http, reply }, { body, what: 'prediction', told })
  const about = { object: 'prediction', ...told, checkpoint: checkpoint.id, step: checkpoint.step } as const
  if (type === JSON_TYPE) return reply.send(await collectAnswer(about, following, isText))
  if (type === ARROW) return reply.type(type).send(predictionAsArrow(await collectAnswer(about, following, isText)))
  const encoded = encodeAnswer(about, following, { type, isText, requestId: http.id })
  return reply
    .type(type)
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no') // nginx would buffer messages
    .send(Readable.from(encoded, { objectMode: false }))
}
