// Requests with a record, answered by children beside training:
//
//   queued ──▶ running ──answered──▶ succeeded
//                 ├──failed | corrupt──▶ failed
//                 └──the child or its worker is lost, the worker closes ──▶ delivered again, a few times

import type { ArtifactsLocation } from '@unroll/artifacts'
import { unless, type ErrorCode } from '@unroll/contract'
import type { Answering, Recorded, RequestData, RequestRecord, Store } from '@unroll/store'
import type { Logger } from 'pino'
import { retryWrite } from '../attempt/writes.ts'
import type { EngineChoice, FromChild, ToChild } from '../protocol.ts'
import type { Asking } from './asked_children.ts'

/** Deliveries after which a request that never ends fails. */
const MOST_DELIVERIES = 5

export interface RequestContext {
  store: Store
  log: Logger
  engine: EngineChoice
  artifacts: ArtifactsLocation
  /** Faults that children arm, in tests. */
  faults: string | undefined
}

/** What a worker does about a kind of requests. */
export interface Answers<Request extends RequestRecord, Answer> {
  records(store: Store): Pick<Recorded<Request, never>, 'get' | 'update' | 'answer'>
  notFound: ErrorCode
  /** What a child is told to do, or why it cannot be done. */
  prepare(context: RequestContext, request: Request): Promise<ToChild | Failed>
  /** Hears every message of the child. */
  listen?(request: Request): Listener<Answer>
  /** The answer that is a last word, or why there is none; undefined for other words. */
  read: (last: FromChild) => { answer: Answer } | Failed | undefined
  /** The record of an answer. */
  complete: (request: Request, answer: Answer) => Request
}

/** What is made of the messages of a child, and of its answer by them. */
export interface Listener<Answer> {
  hear(message: FromChild): void
  complete(store: Store, answer: Answer): Promise<Answer>
}

export interface Failed {
  error: { code: string; message: string }
}

/** Answers requests of a kind, one at a time, until it is closed. */
export function answerRecorded<Request extends RequestRecord, Answer>(
  context: RequestContext,
  kind: Answers<Request, Answer>,
  asking: Asking,
): Answering {
  const answering = kind
    .records(context.store)
    .answer((request, signal, delivery) =>
      answer({ ...context, asking }, kind, request, { signal, isLast: delivery >= MOST_DELIVERIES }),
    )
  return {
    ...answering,
    async close(options) {
      await answering.close(options)
      asking.close()
    },
  }
}

interface AnswerContext extends RequestContext {
  asking: Asking
}

async function answer<Request extends RequestRecord, Answer>(
  context: AnswerContext,
  kind: Answers<Request, Answer>,
  { job, id }: RequestData,
  delivered: { signal: AbortSignal; isLast: boolean },
): Promise<'done' | 'return'> {
  const records = kind.records(context.store)
  const log = context.log.child({ jobId: job, request: id })
  const found = await unless(kind.notFound, records.get(job, id))
  if (found === undefined || found.finished_at !== null) return 'done'
  const running: Request = { ...found, status: 'running' }
  if (!(await records.update(running))) return 'done'
  const message = await kind.prepare(context, found)
  const ended = 'error' in message ? message : await askChild(context, kind, { request: found, message }, delivered)
  if (ended === undefined) {
    log.warn({ isClosing: delivered.signal.aborted }, `${found.object} given back`)
    return 'return'
  }
  const finished_at = new Date().toISOString()
  const record: Request =
    'error' in ended
      ? { ...running, ...ended, status: 'failed', finished_at }
      : { ...kind.complete(running, ended.answer), status: 'succeeded', finished_at }
  await retryWrite(() => records.update(record))
  log.info({ status: record.status, error: record.error }, `${found.object} ended`)
  return 'done'
}

/** The answer of a child; undefined where it must be asked again. */
async function askChild<Request extends RequestRecord, Answer>(
  { asking, store }: Pick<AnswerContext, 'asking' | 'store'>,
  kind: Answers<Request, Answer>,
  { request, message }: { request: Request; message: ToChild },
  { signal, isLast }: { signal: AbortSignal; isLast: boolean },
): Promise<{ answer: Answer } | Failed | undefined> {
  const listener = kind.listen?.(request)
  const last = await asking.ask({ message, hear: (said) => listener?.hear(said), signal })
  const ended = concludeRequest(last, { read: kind.read, isClosing: signal.aborted, isLast })
  if (ended === undefined || 'error' in ended || listener === undefined) return ended
  return { answer: await listener.complete(store, ended.answer) }
}

/** What the last word of a child comes to; undefined where it must be asked again. */
export function concludeRequest<Answer>(
  last: FromChild | undefined,
  { read, isClosing, isLast }: Pick<Answers<RequestRecord, Answer>, 'read'> & { isClosing: boolean; isLast: boolean },
): { answer: Answer } | Failed | undefined {
  const answered = last && read(last)
  if (answered !== undefined) return answered
  if (last?.type === 'corrupt') return failed('checkpoint_damaged', last.why)
  if (last?.type === 'failed' && (isLast || !last.passing)) return failed(last.reason, last.message)
  if (isClosing || last?.type === 'failed' || !isLast) return undefined
  return failed('worker_lost', `The process that answers has ended ${MOST_DELIVERIES} times without a word`)
}

export function failed(code: string, message: string): Failed {
  return { error: { code, message } }
}
