import { STREAM_MESSAGES, type JobEvent, type StreamType } from '@unroll/contract'
import { readEventStream, type ServerSentEvent } from './event_stream.ts'
import { decodeNumbers, type FlowPage, type Job, type MetricsPage } from '../numbers.ts'
import { Deadline } from '../http/deadline.ts'
import { unexpectedAnswer } from '../http/problem.ts'
import { isPassing, pause } from '../http/retrying.ts'
import type { Query } from '../http/query.ts'
import type { Transport } from '../http/transport.ts'

export interface StreamOptions {
  /** Types of the requested messages; `end` always comes. @default all of them */
  types?: readonly StreamType[] | undefined
  /** Names of the requested series. @default all of them */
  series?: readonly string[] | undefined
  /** The layer of the flow, from 0. @default 0 */
  layer?: number | undefined
  /** The `id` of the last known message, or the `cursor` of a page of metrics. @default the start */
  after?: string | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds for which the service may be unreachable before the error is thrown. @default 30000 */
  patienceMs?: number
  /** Milliseconds of silence, without even a comment, after which a connection counts as dead. @default 45000 */
  silentMs?: number
}

/** A message of a run's stream. `id` is the position from which a reader can continue. */
export type StreamMessage = { id: string } & (
  | { type: 'status' | 'end'; data: Job }
  | { type: 'metrics'; data: MetricsPage }
  | { type: 'flow'; data: FlowPage }
  | { type: 'event' | 'checkpoint'; data: JobEvent }
)

const SILENT_MS = 45_000 // the service sends a comment every 15 s
const NO_CONTENT = 204
const MEDIA_TYPE = 'text/event-stream'

/**
 * Streams a run until it ends or `signal` aborts (which throws). A broken connection is replaced from the last message
 * on, so that rows and log entries come once each. If a page has `resumed_from_step`, the run resumed from there:
 * earlier rows beyond that step are void, and the following ones replace them.
 */
export async function* streamJob(
  http: Transport,
  jobId: string,
  { signal, patienceMs = 30_000, silentMs = SILENT_MS, after, ...query }: StreamOptions = {},
): AsyncGenerator<StreamMessage> {
  const place: Place = { id: after, retryMs: 1_000, lostAt: undefined }
  for (;;) {
    try {
      if (yield* connection(http, jobId, { query: { ...query }, signal, silentMs, place })) return
    } catch (error) {
      place.lostAt ??= Date.now()
      if (signal?.aborted === true || !isPassing(error) || Date.now() - place.lostAt > patienceMs) throw error
    }
    await pause(place.retryMs, signal)
  }
}

/** The position of a reader across its connections. */
interface Place {
  id: string | undefined
  retryMs: number
  /** The time since which the service is unreachable, in milliseconds since 1970. */
  lostAt: number | undefined
}

/**
 * The messages of one connection.
 *
 * @returns true when no further connection is needed
 */
async function* connection(
  http: Transport,
  jobId: string,
  { query, signal, silentMs, place }: { query: Query; signal: AbortSignal | undefined; silentMs: number; place: Place },
): AsyncGenerator<StreamMessage, boolean> {
  const silence = new Deadline(silentMs, signal)
  try {
    const headers: Record<string, string> = place.id === undefined ? {} : { 'last-event-id': place.id }
    const call = { query, headers, timeoutMs: Infinity, maxRetries: 0, signal: silence.signal }
    const response = await http.send('GET', `/v1/jobs/${jobId}/stream`, call)
    if (response.status === NO_CONTENT || response.body === null) return true
    await refuseOtherType(response)
    for await (const item of readEventStream(readWatched(response.body, silence))) {
      place.lostAt = undefined
      if ('retryMs' in item) {
        place.retryMs = item.retryMs
        continue
      }
      place.id = item.id
      const message = decodeMessage(item)
      if (message !== undefined) yield message
      if (message?.type === 'end') return true
    }
    return false
  } finally {
    silence.end()
  }
}

/** A proxy may have answered. @throws {UnrollProblem} UNEXPECTED_ANSWER */
async function refuseOtherType(response: Response): Promise<void> {
  const type = response.headers.get('content-type')
  if (type?.startsWith(MEDIA_TYPE) === true) return
  await response.body?.cancel()
  throw unexpectedAnswer(response, `Got ${response.status} of type "${type}" where ${MEDIA_TYPE} was wanted`)
}

/** The bytes of a body; time that the reader needs does not count as silence. */
async function* readWatched(body: ReadableStream<Uint8Array>, silence: Deadline): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      silence.restart()
      const { done, value } = await reader.read()
      silence.pause()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {}) // it may be broken already
  }
}

/** Undefined for a type that is newer than this client. */
function decodeMessage({ id, type, data }: ServerSentEvent): StreamMessage | undefined {
  if (!Object.hasOwn(STREAM_MESSAGES, type)) return undefined
  return { id, type, data: decodeNumbers(JSON.parse(data)) } as StreamMessage
}
