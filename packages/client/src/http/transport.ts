import { decodeNumbers } from '../numbers.ts'
import { Deadline } from './deadline.ts'
import { KeptAnswers } from './kept_answers.ts'
import { readProblem } from './problem.ts'
import { queryString, type Query } from './query.ts'
import { chooseRetryDelay, pause } from './retrying.ts'

export interface TransportOptions {
  /**
   * URL of the service, such as `http://127.0.0.1:8080`, with or without a slash at its end.
   *
   * @default '', the page's own origin
   */
  baseUrl?: string
  /** Key of the service, `unroll_…`. @default none */
  apiKey?: string | undefined
  /**
   * Milliseconds for the answer to a request, each try anew. Uploads, predictions, and what arrives as a stream have all the
   * time they need, until they are aborted.
   *
   * @default 60000
   */
  timeoutMs?: number | undefined
  /**
   * How often a request is sent again that was refused with 429 or 503 or got no answer, after the pause in `Retry-After` or a
   * growing one. What makes something is sent again only where the service then makes it once.
   *
   * @default 2
   */
  maxRetries?: number | undefined
  /** @default the global fetch */
  fetch?: typeof fetch | undefined
}

export interface Abortable {
  signal?: AbortSignal | undefined
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface Call extends Abortable {
  query?: Query | undefined
  headers?: Record<string, string>
  body?: BodyInit | undefined
  /** A body of JSON, in place of `body`. */
  json?: unknown
  /** Of a body that is a stream. */
  duplex?: 'half'
  /** Whether it does no harm that a request arrives twice. @default true for GET, DELETE, and with an `idempotency-key` */
  isRepeatable?: boolean
  /** @default that of the client; none for a `body` that is uploaded */
  timeoutMs?: number
  /** @default that of the client */
  maxRetries?: number
}

const TIMEOUT_MS = 60_000
const RETRIES = 2
const NOT_MODIFIED = 304

/** Requests to the service. Responses of 400 and above are thrown as `UnrollProblem`. */
export class Transport {
  readonly #baseUrl: string
  readonly #fetch: typeof fetch
  readonly #authorization: Record<string, string>
  readonly #defaults: { timeoutMs: number; maxRetries: number }
  readonly #kept = new KeptAnswers()

  constructor({
    baseUrl = '',
    apiKey,
    timeoutMs = TIMEOUT_MS,
    maxRetries = RETRIES,
    fetch: send = (...request) => fetch(...request),
  }: TransportOptions = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '') // every path begins with one
    this.#fetch = send
    this.#authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    this.#defaults = { timeoutMs, maxRetries }
  }

  /** The response as soon as its head has arrived. */
  send(method: Method, path: string, call: Call = {}): Promise<Response> {
    return this.#retrying(method, call, async () => {
      const { response, deadline } = await this.#open(method, path, call)
      deadline.pause() // its caller may still abort what arrives
      return response
    })
  }

  /** The answer in JSON; one that has not changed since is not sent again. */
  get<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const url = `${path}${queryString(call.query)}`
    const kept = this.#kept.find(url)
    const headers = { ...(kept && { 'if-none-match': kept.etag }), ...call.headers }
    return this.#answer('GET', path, { ...call, headers }, async (response) => {
      if (kept !== undefined && response.status === NOT_MODIFIED) return kept.text
      const text = await response.text()
      const etag = response.headers.get('etag')
      if (etag !== null && isRevalidated(response)) this.#kept.keep(url, { etag, text })
      return text
    })
  }

  post<Answer>(path: string, call: Call = {}): Promise<Answer> {
    return this.#answer('POST', path, call)
  }

  patch<Answer>(path: string, call: Call = {}): Promise<Answer> {
    return this.#answer('PATCH', path, call)
  }

  #answer<Answer>(
    method: Method,
    path: string,
    call: Call,
    read: (response: Response) => Promise<string> = (response) => response.text(),
  ): Promise<Answer> {
    return this.#retrying(method, call, async () => {
      const { response, deadline } = await this.#open(method, path, call)
      try {
        return decodeNumbers(JSON.parse(await read(response))) as Answer
      } finally {
        deadline.end()
      }
    })
  }

  async #retrying<Answer>(method: Method, call: Call, request: () => Promise<Answer>): Promise<Answer> {
    const { maxRetries = this.#defaults.maxRetries, signal } = call
    const isRepeatable = mayRepeat(method, call)
    for (let count = 0; ; count++) {
      try {
        return await request()
      } catch (error) {
        const ms = chooseRetryDelay(error, { count, isRepeatable })
        if (ms === undefined || count >= maxRetries || signal?.aborted === true) throw error
        await pause(ms, signal)
      }
    }
  }

  async #open(
    method: Method,
    path: string,
    { query, headers = {}, json, body, duplex, timeoutMs, signal }: Call,
  ): Promise<{ response: Response; deadline: Deadline }> {
    const deadline = new Deadline(timeoutMs ?? (body === undefined ? this.#defaults.timeoutMs : Infinity), signal)
    try {
      const response = await this.#fetch.call(undefined, `${this.#baseUrl}${path}${queryString(query)}`, {
        method,
        headers: {
          ...this.#authorization,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? body !== undefined && { body } : { body: JSON.stringify(json) }),
        ...(duplex !== undefined && { duplex }),
        signal: deadline.signal ?? null,
      })
      if (response.status >= 400) throw await readProblem(response)
      return { response, deadline }
    } catch (error) {
      deadline.end()
      throw error
    }
  }
}

function mayRepeat(method: Method, { isRepeatable, headers = {}, body }: Call): boolean {
  if (body instanceof ReadableStream) return false // it can be read once
  return isRepeatable ?? (method === 'GET' || method === 'DELETE' || 'idempotency-key' in headers)
}

/** Whether the service says itself whether it has changed. */
function isRevalidated({ headers }: Response): boolean {
  return headers.get('cache-control')?.includes('no-cache') === true
}
