import type { PredictionRequest, ProblemDetails, TraceRequest } from '@unroll/contract'
import { ARROW } from './arrow/table.ts'
import { decodeNumbers, type Prediction, type SequencePrediction, type Trace } from './numbers.ts'
import { UnrollProblem } from './http/problem.ts'
import { toModelPath } from './models.ts'
import type { Query } from './http/query.ts'
import type { Abortable, Call, Transport } from './http/transport.ts'
import { readEventStream } from './stream/event_stream.ts'

/** What a trained network is asked: `inputs` or a `prompt`; everything else has a default. */
export interface PredictionQuery extends Partial<Omit<PredictionRequest, 'inputs'>> {
  /**
   * Sequences, or a table of them in the Arrow IPC format: a row for each sequence, a column for each field that the model reads,
   * and the list of its steps in each cell; or one column of texts. Beside a table are `checkpoint`, `steps`, `saliency` and `gates` alone.
   */
  inputs?: unknown[] | Uint8Array<ArrayBuffer>
}

/** Which sequence is followed: an `input`, or a `sample` of those that the run evaluates, which is 0 unless given. */
export type TraceQuery = Partial<TraceRequest>

/** A registered model that is asked. */
export interface AskedModel {
  model: string
  /** A version by its number or an alias. @default `production`, or the newest version where none has that alias */
  version?: string | number | undefined
}

/** A part of an answer: what was written since the last one, or all predictions. */
export type AnswerPiece =
  | { text: string }
  | { symbols: readonly string[] }
  | { predictions: readonly SequencePrediction[] }

/** It is the service that ends a request to which no worker answers. */
const ASKED = { isRepeatable: true, timeoutMs: Infinity } as const

/** What trained networks answer. Each call throws `UnrollProblem` when the service refuses it. */
export class Predictions {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** The whole answer of a checkpoint of a job, or of a registered model. Aborting ends the request at the worker. */
  async create(asked: string | AskedModel, query: PredictionQuery, { signal }: Abortable = {}): Promise<Prediction> {
    const { path, call } = chooseCall(asked, query)
    return this.#http.post<Prediction>(path, { ...call, signal })
  }

  /**
   * Every step of one sequence through a checkpoint of a job, and the gradient of its loss on the way back.
   *
   * @example
   * const { layers, saliency } = await client.predictions.trace(job.id, { input: 'ROMEO:' })
   * layers[0]?.gradients['h']?.[2] // ∂L/∂h_3 of the lowest layer, a number for each unit
   */
  async trace(job: string, query: TraceQuery = {}, { signal }: Abortable = {}): Promise<Trace> {
    const path = `/v1/jobs/${job}/trace`
    const { input, target, ...named } = query
    if (input === undefined && target === undefined) return this.#http.get(path, { ...ASKED, query: named, signal })
    return this.#http.post(path, { ...ASKED, json: query, signal })
  }

  /** The whole answer as a table in the Arrow IPC stream format, with a row for each sequence. */
  async createTable(
    asked: string | AskedModel,
    query: PredictionQuery,
    { signal }: Abortable = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { path, call } = chooseCall(asked, query)
    const headers = { ...call.headers, accept: ARROW }
    const response = await this.#http.send('POST', path, { ...call, headers, signal })
    return new Uint8Array(await response.arrayBuffer())
  }

  /** A trace as a table in the Arrow IPC stream format, with a row for each step. */
  async traceTable(job: string, query: TraceQuery = {}, { signal }: Abortable = {}): Promise<Uint8Array> {
    const call = { ...ASKED, headers: { accept: ARROW }, json: query, signal }
    const response = await this.#http.send('POST', `/v1/jobs/${job}/trace`, call)
    return new Uint8Array(await response.arrayBuffer())
  }

  /**
   * The answer as it comes. Leaving the loop ends the request at the worker.
   *
   * @example
   * for await (const piece of client.predictions.stream(job.id, { prompt: 'ROMEO:' }))
   *   if ('text' in piece) process.stdout.write(piece.text)
   */
  async *stream(
    asked: string | AskedModel,
    query: PredictionQuery,
    { signal }: Abortable = {},
  ): AsyncGenerator<AnswerPiece> {
    const { path, call } = chooseCall(asked, query)
    const headers = { ...call.headers, accept: 'text/event-stream' }
    const { body } = await this.#http.send('POST', path, { ...call, headers, signal })
    for await (const item of readEventStream(readChunks(body))) {
      if (!('type' in item)) continue
      const data = JSON.parse(item.data) as unknown
      if (item.type === 'text') yield data as AnswerPiece
      if (item.type === 'predictions') {
        yield { predictions: decodeNumbers(data, 'sequence_prediction') as SequencePrediction[] }
      }
      if (item.type === 'error') throw new UnrollProblem(data as ProblemDetails)
    }
  }
}

/** Where it is asked, and how: of a table everything else is in the query. */
function chooseCall(asked: string | AskedModel, { inputs, ...query }: PredictionQuery): { path: string; call: Call } {
  const path = typeof asked === 'string' ? `/v1/jobs/${asked}` : toModelPath(asked.model)
  const named = typeof asked === 'string' ? {} : { version: asked.version?.toString() }
  const call: Call =
    inputs instanceof Uint8Array
      ? { query: { ...named, ...(query as Query) }, headers: { 'content-type': ARROW }, body: inputs }
      : { query: named, json: { ...query, inputs } }
  return { path: `${path}/predictions`, call: { ...ASKED, ...call } }
}

async function* readChunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {}) // of a stream that has ended or failed
  }
}
