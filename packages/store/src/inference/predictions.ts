// Predictions: a request that a client waits for. It has no record: what a worker answers is a stream of parts, of which the
// API process is woken, from which it removes what it has read, and which expires. A client that has left has its request withdrawn.

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  UnrollError,
  newId,
  type Checkpoint,
  type Dataset,
  type ErrorCode,
  type Fault,
  type JobSpec,
  type PredictionRequest,
  type SequencePrediction,
  type TraceRequest,
  type TracedSequence,
} from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { packTrace, unpackTrace, type PackedTrace } from './packed_trace.ts'
import { answerRequests, enqueueRequest, type Answering } from './requests.ts'

/** Predictions that may wait for workers. */
const MOST_WAITING = 1_000
/** Time for which parts are kept after the newest. */
const KEPT_MS = 60_000
/** Parts that are read at once. */
const MOST_READ = 500
/** Bounds what a lost message costs. */
const LOOK_MS = 1_000
/** Requests that a worker takes at the same time, to answer them together. */
const AT_ONCE = 64

/** What is asked of whose weights: a prediction, or a trace. */
export type PredictionBody = { spec: JobSpec; checkpoint: Checkpoint } & (
  | { request: PredictionRequest }
  | {
      trace: TraceRequest
      /** The record of the data set that the job trains on, where a sample of it is traced. */
      dataset?: Dataset | undefined
    }
)

/** A part of an answer, in their order: any number of `works`, then symbols, predictions or a trace, then one `end` or `failed`. */
export type AnswerPart =
  /** A worker is at it. */
  | { type: 'works' }
  /** `from`: how many symbols are before. */
  | { type: 'symbols'; symbols: string[]; from?: number }
  | { type: 'predictions'; predictions: SequencePrediction[] }
  | { type: 'trace'; trace: TracedSequence }
  | { type: 'end' }
  | { type: 'failed'; code: ErrorCode; message: string; faults?: readonly Fault[] }

/** A prediction that a worker has taken. */
export type TakenPrediction = PredictionBody & {
  id: string
  /** Aborts when the client has left, or the worker closes. */
  signal: AbortSignal
  /** How often it was delivered, with this time. */
  delivery: number
}

export interface Predictions {
  /**
   * Queues a prediction.
   *
   * @returns its id
   * @throws {UnrollError} PREDICTIONS_FULL, STORE_UNAVAILABLE
   */
  ask(body: PredictionBody): Promise<string>
  /**
   * The parts of an answer as they come, to its end; `works` is left out, and what is there already where a request was
   * delivered twice.
   *
   * @throws {UnrollError} PREDICTION_TIMEOUT when nobody is at it, STORE_UNAVAILABLE
   */
  follow(id: string): AsyncGenerator<Exclude<AnswerPart, { type: 'works' }>>
  /** Withdraws a prediction whose client has left. */
  withdraw(id: string): Promise<void>
  /** Adds a part to an answer. */
  append(id: string, part: AnswerPart): Promise<void>
  /** For worker processes: takes predictions, many at the same time. */
  answer(handler: (taken: TakenPrediction) => Promise<'done' | 'return'>): Answering
}

export function predictions(context: Context): Predictions {
  const { db, keys, requests, control } = context
  return {
    async ask(body) {
      const waiting = await db.command(() => requests.predictions.getWaitingCount())
      if (waiting >= MOST_WAITING)
        throw new UnrollError('PREDICTIONS_FULL', `Cannot predict now: ${waiting} predictions wait for workers`)
      const id = newId('prediction', await context.now(), randomBytes(16))
      await enqueueRequest(context, 'predictions', { job: body.checkpoint.job, id, body })
      return id
    },
    follow: (id) => follow(context, id),
    async withdraw(id) {
      await db.command((redis) => redis.publish(keys.control, nameWithdrawal(id)))
      await db.command(() => requests.predictions.remove(id).catch(() => 0)) // a worker has it
    },
    async append(id, part) {
      const key = keys.answer(id)
      const send = (redis: typeof db.redis) =>
        redis.multi().xadd(key, '*', 'part', encode(part)).pexpire(key, KEPT_MS).publish(keys.control, id).exec()
      await db.command(send)
    },
    answer: (handler) =>
      answerRequests(
        context,
        'predictions',
        async ({ id, body }, closing, delivery) => {
          const left = new AbortController()
          const unsubscribe = await control.subscribe(nameWithdrawal(id), () =>
            left.abort(new Error('the client has left')),
          )
          try {
            const signal = AbortSignal.any([left.signal, closing])
            return await handler({ ...(body as PredictionBody), id, signal, delivery })
          } finally {
            unsubscribe()
          }
        },
        { concurrency: AT_ONCE },
      ),
  }
}

function nameWithdrawal(id: string): string {
  return `withdraw:${id}`
}

type Content = Exclude<AnswerPart, { type: 'works' }>

/** A part as it is kept. */
type KeptPart = Exclude<AnswerPart, { type: 'trace' }> | { type: 'trace'; trace: PackedTrace }

function encode(part: AnswerPart): string {
  const kept: KeptPart = part.type === 'trace' ? { ...part, trace: packTrace(part.trace) } : part
  return JSON.stringify(kept)
}

function decode(json: string): AnswerPart {
  const kept = JSON.parse(json) as KeptPart
  return kept.type === 'trace' ? { ...kept, trace: unpackTrace(kept.trace) } : kept
}

async function* follow(context: Context, id: string): AsyncGenerator<Content> {
  let nudge = new AbortController()
  const unsubscribe = await context.control.subscribe(id, () => nudge.abort())
  try {
    yield* readParts(context, id, () => (nudge = new AbortController()).signal)
  } finally {
    unsubscribe()
  }
}

/** @param listen gives a signal that aborts when there may be news from now on */
async function* readParts(
  { db, keys, timing }: Context,
  id: string,
  listen: () => AbortSignal,
): AsyncGenerator<Content> {
  let heardAt = performance.now()
  let last = '-'
  const selectNew = newParts()
  for (;;) {
    const news = listen() // before the look, so that a part that comes during the look is not missed
    const parts = await db.command((redis) => redis.xrange(keys.answer(id), last, '+', 'COUNT', MOST_READ))
    for (const [at, [, json]] of parts) {
      last = `(${at}`
      const part = decode(json!)
      const added = selectNew(part)
      if (added !== undefined) yield added
      if (part.type === 'end' || part.type === 'failed') return
    }
    const newest = parts.at(-1)?.[0]
    if (newest !== undefined) {
      heardAt = performance.now()
      await db.command((redis) => redis.xtrim(keys.answer(id), 'MINID', newest)) // sent twice, it removes no more
    } else if (performance.now() - heardAt > timing.predictionMs)
      throw new UnrollError('PREDICTION_TIMEOUT', `No worker has answered within ${timing.predictionMs / 1_000} s`)
    else await sleep(Math.min(LOOK_MS, timing.predictionMs), undefined, { signal: news }).catch(() => {})
  }
}

/**
 * Leaves out what is there already: a request whose worker is taken for lost is answered by another one too, and both
 * answer the same.
 */
function newParts(): (part: AnswerPart) => Content | undefined {
  let written = 0
  let isAnswered = false
  return (part) => {
    if (part.type === 'works') return undefined
    if (part.type === 'symbols') {
      const { from = written } = part
      const symbols = part.symbols.slice(Math.max(0, written - from))
      written += symbols.length
      return symbols.length === 0 ? undefined : { ...part, symbols }
    }
    if (part.type !== 'predictions' && part.type !== 'trace') return part
    const isRepeated = isAnswered
    isAnswered = true
    return isRepeated ? undefined : part
  }
}
