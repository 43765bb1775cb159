import { readProblem } from './problem.ts'

export interface TransportOptions {
  /**
   * URL of the service, such as `http://127.0.0.1:8080`, with or without a slash at its end.
   *
   * @default '', the page's own origin
   */
  baseUrl?: string
  /** Key of the service, `unroll_…`. @default none */
  apiKey?: string | undefined
  /** @default the global fetch */
  fetch?: typeof fetch
}

type Scalar = string | number | boolean
/** Parameters of a query. Lists are joined by commas, records become `name[key]=value`, undefined is left out. */
export type Query = Record<string, Scalar | readonly Scalar[] | Record<string, string> | undefined>

export interface Abortable {
  signal?: AbortSignal | undefined
}

export interface Call extends Abortable {
  query?: Query | undefined
  headers?: Record<string, string>
  body?: BodyInit
  /** A body of JSON, in place of `body`. */
  json?: unknown
  /** Of a body that is a stream. */
  duplex?: 'half'
}

/** Requests to the service. Responses of 400 and above are thrown as `UnrollProblem`. */
export class Transport {
  readonly #baseUrl: string
  readonly #fetch: typeof fetch
  readonly #authorization: Record<string, string>

  constructor({ baseUrl = '', apiKey, fetch: send = (...request) => fetch(...request) }: TransportOptions = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '') // every path begins with one
    this.#fetch = send
    this.#authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  }

  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { query = {}, headers = {}, json, body = encodeJson(json), duplex, signal }: Call = {},
  ): Promise<Response> {
    const response = await this.#fetch.call(undefined, `${this.#baseUrl}${path}${queryString(query)}`, {
      method,
      headers: {
        ...this.#authorization,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(duplex === undefined ? {} : { duplex }),
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.status >= 400) throw await readProblem(response)
    return response
  }

  async get<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const response = await this.send('GET', path, call)
    return (await response.json()) as Answer
  }

  async post<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const response = await this.send('POST', path, call)
    return (await response.json()) as Answer
  }

  async patch<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const response = await this.send('PATCH', path, call)
    return (await response.json()) as Answer
  }
}

function encodeJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function queryString(query: Query): string {
  const parameters = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => pairs(name, value)))
  return parameters.size === 0 ? '' : `?${parameters}`
}

function pairs(name: string, value: Query[string]): [string, string][] {
  if (value === undefined) return []
  if (typeof value !== 'object') return [[name, String(value)]]
  if (isList(value)) return [[name, value.join(',')]]
  return Object.entries(value).map(([key, text]) => [`${name}[${key}]`, text])
}

function isList(value: readonly Scalar[] | Record<string, string>): value is readonly Scalar[] {
  return Array.isArray(value)
}
