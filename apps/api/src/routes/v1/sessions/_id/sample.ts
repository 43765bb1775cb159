import {
  ModelPredictionRequest,
  SessionSample,
  UnrollError,
  countReadableSteps,
  readAsked,
  sessionDecoding,
  sessionJob,
} from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import { MOST_VALUES } from '../../../../inference/prediction_reply.ts'
import { ANSWER_HEADERS, ASKING, ASKING_HEADERS, askSession, specificationReader } from '../../../../sessions/asking.ts'
import type { App } from '../../../../types.ts'
import { SESSION_ID } from '../../../parameters.ts'

/** Symbols that are written: all sessions of the worker wait for them. */
const MOST_WRITTEN = 10_000

const ASK = {
  operationId: 'sampleSession',
  tags: ['sessions'],
  summary: 'Has the weights of the session, as they are now, answer sequences or write on from a prompt.',
  description: `Classes and symbols are named by their ids: \`"0"\`, \`"1"\` and so on. At most ${MOST_WRITTEN} symbols are written.`,
  params: SESSION_ID,
  body: ModelPredictionRequest,
  headers: ASKING_HEADERS,
  response: answers({ 200: answer(SessionSample, 'The answer.', ANSWER_HEADERS) }, [...ASKING, 'INPUT_UNSUITABLE']),
}

export function sampleSession(app: App): void {
  const readSpec = specificationReader(app)
  const config = { scope: 'submit', audited: false, mostValues: MOST_VALUES } as const
  app.post('/v1/sessions/:id/sample', { schema: ASK, config }, async (request, reply) => {
    const { params, body } = request
    const spec = await readSpec(params.id)
    const prediction = { ...body, checkpoint: 'latest' }
    const read = readAsked(prediction, sessionDecoding(spec.problem), countReadableSteps(sessionJob(spec)))
    const { length } = body
    const faults = 'faults' in read ? read.faults : []
    if (length > MOST_WRITTEN)
      faults.push({
        pointer: '/length',
        detail: `Must be ≤ ${MOST_WRITTEN}: current value is ${length}`,
        value: length,
      })
    if (faults.length > 0)
      throw new UnrollError('INPUT_UNSUITABLE', `Session "${params.id}" cannot answer it`, { faults })
    return await askSession(app, { request, reply }, { type: 'sample', request: prediction })
  })
}
