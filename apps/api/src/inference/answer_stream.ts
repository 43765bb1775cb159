// What a worker answers, as a client takes it: all at once as JSON, or as it comes.

import { once } from 'node:events'
import {
  UnrollError,
  type ErrorCode,
  type Prediction,
  type ProblemDetails,
  type SequencePrediction,
} from '@unroll/contract'
import type { AnswerPart, PredictionBody, Store } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { describeProblem } from '../plugins/problems.ts'

export const STREAMS = ['text/event-stream', 'application/x-ndjson'] as const
export type StreamType = (typeof STREAMS)[number]

/** Parts that have content. */
type Content = Exclude<AnswerPart, { type: 'works' | 'failed' }>

/** An answer as it comes, of which the first part is there: until then a failure is a response of its own. */
export interface Following {
  /** All parts, the first too. To be closed by `return` where nobody reads on. */
  parts: AsyncGenerator<Content>
}

/**
 * Has a worker answer a client, for as long as the client stays.
 *
 * @param asked.told what the log says beside the checkpoint and the id of the request
 * @throws {UnrollError} PREDICTIONS_FULL, and as `followAnswer` does
 */
export async function askWorker(
  store: Store,
  { http, reply }: { http: FastifyRequest; reply: FastifyReply },
  { body, what, told }: { body: PredictionBody; what: 'prediction' | 'trace'; told: Readonly<Record<string, unknown>> },
): Promise<Following> {
  const left = new AbortController()
  void once(reply.raw, 'close').then(() => left.abort())
  const id = await store.predictions.ask(body)
  http.log.info({ ...told, checkpoint: body.checkpoint.id, [what]: id }, `${what} asked`)
  return await followAnswer(store, id, left.signal)
}

/**
 * Follows an answer. When it is left before its end, the request is withdrawn.
 *
 * @throws {UnrollError} with the code of a failure, where it comes before anything else; PREDICTION_TIMEOUT
 */
async function followAnswer({ predictions }: Store, id: string, left: AbortSignal): Promise<Following> {
  const all = heard(predictions.follow(id))
  const withdraw = () => void predictions.withdraw(id).catch(() => {}) // it then ends by itself
  left.addEventListener('abort', withdraw, { once: true })
  const first = await all.next().catch((error: unknown) => {
    withdraw()
    throw error
  })
  async function* parts(): AsyncGenerator<Content> {
    let isEnded = false
    try {
      if (first.done !== true) yield first.value
      for await (const part of all) yield part
      isEnded = true
    } finally {
      left.removeEventListener('abort', withdraw)
      if (!isEnded) withdraw()
    }
  }
  return { parts: parts() }
}

async function* heard(parts: AsyncIterable<Exclude<AnswerPart, { type: 'works' }>>): AsyncGenerator<Content> {
  for await (const part of parts) {
    if (part.type === 'failed') throw new UnrollError(part.code, part.message, { faults: part.faults ?? [] })
    yield part
  }
}

/** The whole answer. */
export async function collectAnswer(
  about: Pick<Prediction, 'object' | 'job' | 'checkpoint' | 'step' | 'version'>,
  { parts }: Following,
  isText: boolean,
): Promise<Prediction> {
  const symbols: string[] = []
  let predictions: SequencePrediction[] | undefined
  for await (const part of parts) {
    if (part.type === 'symbols') symbols.push(...part.symbols)
    if (part.type === 'predictions') predictions = part.predictions
  }
  if (predictions !== undefined) return { ...about, predictions }
  return { ...about, ...(isText ? { text: symbols.join('') } : { symbols }) }
}

type Message =
  | { type: 'text'; data: { text: string } | { symbols: readonly string[] } }
  | { type: 'predictions'; data: readonly SequencePrediction[] }
  | { type: 'error'; data: ProblemDetails }
  | { type: 'end'; data: Pick<Prediction, 'job' | 'checkpoint' | 'step' | 'version'> }

/** The answer as it comes: an event, or a line of JSON, for each part, and `end`, or `error` where it breaks off. */
export async function* encodeAnswer(
  about: Pick<Prediction, 'object' | 'job' | 'checkpoint' | 'step' | 'version'>,
  { parts }: Following,
  { type, isText, requestId }: { type: StreamType; isText: boolean; requestId: string },
): AsyncGenerator<string> {
  const encode = (message: Message): string =>
    type === 'text/event-stream'
      ? `event: ${message.type}\ndata: ${JSON.stringify(message.data)}\n\n`
      : `${JSON.stringify(message)}\n`
  try {
    for await (const part of parts) {
      if (part.type === 'symbols')
        yield encode({ type: 'text', data: isText ? { text: part.symbols.join('') } : { symbols: part.symbols } })
      if (part.type === 'predictions') yield encode({ type: 'predictions', data: part.predictions })
    }
    const { object: _, ...end } = about
    yield encode({ type: 'end', data: end })
  } catch (error) {
    const known = error instanceof UnrollError ? error : new UnrollError('INTERNAL' satisfies ErrorCode, String(error))
    yield encode({ type: 'error', data: describeProblem(known, requestId) })
  }
}
