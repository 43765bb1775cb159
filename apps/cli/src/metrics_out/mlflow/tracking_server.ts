// MLflow's tracking server over its REST API (https://mlflow.org/docs/latest/rest-api.html).

import { UsageError } from '../../usage_error.ts'

export interface MlflowMetric {
  key: string
  /** A number, or the name of one that JSON cannot carry. */
  value: number | string
  timestamp: number
  step: number
}
export interface MlflowPair {
  key: string
  value: string
}

/** Where a server is, and how to sign in: a user and a password in the address, or a token. */
export interface TrackingOptions {
  uri: string
  token: string | undefined
  signal: AbortSignal
}

/** A connection for each call: a server closes one that was kept for some seconds, and a call that meets this is lost. */
const UNKEPT = { connection: 'close' }

export class TrackingServer {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal

  /** @throws {UsageError} when `uri` is no address of a server */
  constructor({ uri, token, signal }: TrackingOptions) {
    const url = URL.canParse(uri) ? new URL(uri) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol))
      throw new UsageError(
        `--output must be the address of an MLflow server, such as http://127.0.0.1:5000: current value is "${uri}"`,
      )
    const { username, password } = url
    if (username !== '')
      this.#headers = {
        authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
      }
    else this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.#base = `${url.origin}${url.pathname.replace(/\/$/, '')}`
    this.#signal = signal
  }

  /** The answer of a call, such as `runs/create`. @throws {Error} with what the server says, where it refuses */
  async post<Answer>(call: string, body: object): Promise<Answer> {
    return (await this.#send('POST', `mlflow/${call}`, {
      body: JSON.stringify(body),
      type: 'application/json',
    })) as Answer
  }

  async get<Answer>(call: string, query: Record<string, string>): Promise<Answer> {
    return (await this.#send('GET', `mlflow/${call}?${new URLSearchParams(query)}`)) as Answer
  }

  /** Stores a file through the server, which needs `--serve-artifacts`, its default. */
  async putArtifact(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const escaped = path.split('/').map(encodeURIComponent).join('/')
    await this.#send('PUT', `mlflow-artifacts/artifacts/${escaped}`, { body: bytes, type: 'application/octet-stream' })
  }

  async #send(method: string, path: string, { body, type }: { body?: BodyInit; type?: string } = {}): Promise<unknown> {
    const response = await fetch(`${this.#base}/api/2.0/${path}`, {
      method,
      headers: { ...UNKEPT, ...this.#headers, ...(type !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body }),
      signal: this.#signal,
    }).catch((error: unknown) => {
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
      throw new Error(`Cannot reach MLflow at ${this.#base}: ${why}`, { cause: error })
    })
    const text = await response.text()
    if (!response.ok) throw new MlflowRefusal(`${method} ${path}`, response.status, text)
    return text === '' ? {} : JSON.parse(text)
  }
}

/** An answer of a server that refuses a call. */
export class MlflowRefusal extends Error {
  override readonly name = 'MlflowRefusal'
  readonly status: number

  constructor(call: string, status: number, text: string) {
    super(`MLflow refuses ${call} with ${status}: ${messageIn(text)}`)
    this.status = status
  }
}

const MESSAGE_LENGTH = 500

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text.slice(0, MESSAGE_LENGTH)
  }
}
