import { Trace, TraceRequest, UnrollError, type ErrorCode } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { answers } from '../../../../document/answers.ts'
import { askWorker } from '../../../../inference/answer_stream.ts'
import { PredictionAdmission } from '../../../../inference/prediction.ts'
import { traceAsArrow, traceAsJson } from '../../../../inference/trace_formats.ts'
import { ARROW, choosePreferred } from '../../../../inference/media_types.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const JSON_TYPE = 'application/json'
const TYPES = [JSON_TYPE, ARROW] as const

const { checkpoint, sample } = TraceRequest.properties

const REFUSALS: readonly ErrorCode[] = [
  'JOB_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'CHECKPOINT_UNSUITABLE',
  'CHECKPOINT_DAMAGED',
  'DATASET_NOT_FOUND',
  'INPUT_UNSUITABLE',
  'NOT_ACCEPTABLE',
  'ARTIFACTS_UNAVAILABLE',
  'PREDICTIONS_FULL',
  'PREDICTION_TIMEOUT',
  'PREDICTION_FAILED',
]

const WELL = {
  200: {
    description: 'Every step, forward and back.',
    content: {
      [JSON_TYPE]: { schema: Trace },
      [ARROW]: { schema: Type.String({ format: 'binary' }) },
    },
  },
}

const ABOUT = {
  tags: ['predictions'],
  params: JOB_ID,
  description:
    'What goes in, the gates, every state and the answer, and the gradient of the loss that comes back to every state. A worker computes it, beside training. Without `input` a sequence is followed that the run evaluates. By `Accept` it is JSON, or a table in `application/vnd.apache.arrow.stream` with a row for each step.',
}

const GET = {
  ...ABOUT,
  operationId: 'getTrace',
  summary: 'Follows one sequence through a trained network, step by step, and its loss back.',
  querystring: parameters({
    checkpoint,
    sample,
    input: Type.Optional(
      Type.String({
        description: 'A sequence, as one of `inputs` of a prediction: JSON, or of a model of text the text itself.',
      }),
    ),
    target: Type.Optional(Type.String({ description: 'What should be answered to `input`, as JSON.' })),
  }),
  response: answers(WELL, REFUSALS),
}

const CREATE = {
  ...ABOUT,
  operationId: 'createTrace',
  summary: 'The same, of a sequence that is too long for a query.',
  body: TraceRequest,
  response: answers(WELL, [...REFUSALS, 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'CROSS_ORIGIN']),
}

export function trace(app: App): void {
  const admission = new PredictionAdmission(app)

  async function respond(
    http: FastifyRequest & { params: { id: string } },
    reply: FastifyReply,
    asked: { request: TraceRequest; isQuery: boolean },
  ): Promise<FastifyReply> {
    const type = choosePreferred(http.headers.accept, TYPES)
    const { job, ...admitted } = await admission.admitTrace(http.params.id, asked.request, asked)
    const { id: name, step } = admitted.checkpoint
    const body = { spec: job.spec, ...admitted }
    const { parts } = await askWorker(app.store, { http, reply }, { body, what: 'trace', told: { jobId: job.id } })
    for await (const part of parts) {
      if (part.type !== 'trace') continue
      const about = { object: 'trace', job: job.id, checkpoint: name, step } as const
      return reply.type(type).send(type === ARROW ? traceAsArrow(about, part.trace) : traceAsJson(about, part.trace))
    }
    throw new UnrollError('PREDICTION_FAILED', 'A worker has answered without a trace')
  }

  app.get('/v1/jobs/:id/trace', { schema: GET, config: { scope: 'read' } }, async (request, reply) =>
    respond(request, reply, { request: request.query, isQuery: true }),
  )
  app.post('/v1/jobs/:id/trace', { schema: CREATE, config: { scope: 'read' } }, async (request, reply) =>
    respond(request, reply, { request: request.body, isQuery: false }),
  )
}
