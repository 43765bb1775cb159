import type { Flow, Job, JobEvent, Metrics, StreamType } from '@unroll/contract'
import { readEventStream, type ServerSentEvent } from './event_stream.ts'
import { flowPage, metricsPage, type FlowPage, type MetricsPage } from './numbers.ts'
import { unexpectedAnswer } from './problem.ts'
import { isPassing, pause } from './retrying.ts'
import type { Query, Transport } from './transport.ts'

export interface StreamOptions {
  /** Types of messages wanted; `end` comes in any case. @default all of them */
  types?: readonly StreamType[] | undefined
  /** Names of the series wanted. @default all of them */
  series?: readonly string[] | undefined
  /** The layer whose flow is wanted, from 0. @default 0 */
  layer?: number | undefined
  /** The `id` of the last message known, or the `cursor` of a page of metrics. @default the start */
  after?: string | undefined
  signal?: AbortSignal | undefined
  /** How long the service may be out of reach before the error is passed on, in milliseconds. @default 30000 */
  patienceMs?: number
  /** How long nothing may come, not even a comment, before a connection is taken for dead, in milliseconds. @default 45000 */
  silentMs?: number
}

/** A message of a run's stream. `id` is the place to go on from. */
export type StreamMessage = { id: string } & (
  | { type: 'status' | 'end'; data: Job }
  | { type: 'metrics'; data: MetricsPage }
  | { type: 'flow'; data: FlowPage }
  | { type: 'event' | 'checkpoint'; data: JobEvent }
)

const SILENT_MS = 45_000 // the service shows that it is there every 15 s
const NO_CONTENT = 204
const MEDIA_TYPE = 'text/event-stream'

/**
 * What a run reports, as it comes, until it ends or `signal` aborts (which throws). A connection that breaks is made anew
 * from the last message on: rows and entries of the log come once each. Where a page has `resumed_from_step`, the run was
 * taken up again from there: rows beyond that step are void, and those that come take their place.
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

/** Where a reader is, over all its connections. */
interface Place {
  id: string | undefined
  retryMs: number
  /** Since when the service is known to be out of reach, in milliseconds since 1970. */
  lostAt: number | undefined
}

/** The messages of one connection. Returns true when there is nothing left to connect for. */
async function* connection(
  http: Transport,
  jobId: string,
  { query, signal, silentMs, place }: { query: Query; signal: AbortSignal | undefined; silentMs: number; place: Place },
): AsyncGenerator<StreamMessage, boolean> {
  const silence = new Silence(silentMs, signal)
  try {
    const headers: Record<string, string> = place.id === undefined ? {} : { 'last-event-id': place.id }
    const response = await http.send('GET', `/v1/jobs/${jobId}/stream`, { query, headers, signal: silence.signal })
    if (response.status === NO_CONTENT || response.body === null) return true
    await refuseOtherType(response)
    for await (const item of readEventStream(silence.watched(response.body))) {
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

/** Something between here and the service may have answered. @throws {UnrollProblem} UNEXPECTED_ANSWER */
async function refuseOtherType(response: Response): Promise<void> {
  const type = response.headers.get('content-type')
  if (type?.startsWith(MEDIA_TYPE) === true) return
  await response.body?.cancel()
  throw unexpectedAnswer(response, `Got ${response.status} of type "${type}" where ${MEDIA_TYPE} was wanted`)
}

/** Breaks a connection off on which nothing comes for too long, be it headers or bytes. */
class Silence {
  readonly signal: AbortSignal
  readonly #ms: number
  readonly #controller = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#ms = ms
    const { signal } = this.#controller
    this.signal = outer === undefined ? signal : AbortSignal.any([outer, signal])
    this.#begin()
  }

  /** The bytes of a body; the time that their reader takes is no silence. */
  async *watched(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader = body.getReader()
    try {
      for (;;) {
        this.#begin()
        const { done, value } = await reader.read()
        this.end()
        if (done) return
        yield value
      }
    } finally {
      await reader.cancel().catch(() => {}) // it may have broken off already
    }
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #begin(): void {
    clearTimeout(this.#timer)
    const lost = () => this.#controller.abort(new TypeError(`Nothing came for ${this.#ms} ms`))
    this.#timer = setTimeout(lost, this.#ms)
  }
}

/** Undefined for a type that is newer than this client. */
function decodeMessage({ id, type, data }: ServerSentEvent): StreamMessage | undefined {
  const value: unknown = JSON.parse(data)
  switch (type) {
    case 'status':
    case 'end':
      return { id, type, data: value as Job }
    case 'metrics':
      return { id, type, data: metricsPage(value as Metrics) }
    case 'flow':
      return { id, type, data: flowPage(value as Flow) }
    case 'event':
    case 'checkpoint':
      return { id, type, data: value as JobEvent }
    default:
      return undefined
  }
}
