import type {
  CellName,
  ForwardBackward as WireForwardBackward,
  ForwardBackwardRequest,
  OptimStep as WireOptimStep,
  OptimStepRequest,
  Page,
  ModelPredictionRequest,
  Session,
  SessionDetail as WireDetail,
  SessionSample as WireSample,
  SessionSaveRequest,
  SessionSpec,
  Weights,
} from '@unroll/contract'
import { ARROW } from './arrow/table.ts'
import { creatingHeaders } from './http/headers.ts'
import { iterateItems } from './http/pages.ts'
import type { Abortable, Call, Transport } from './http/transport.ts'
import type { Given } from './job_request.ts'
import type { Numeric } from './numbers.ts'
import type { PageQuery } from './queries.ts'

/** The body of a session request: everything but the cell and the problem has a default. */
export type SessionRequest = Pick<SessionSpec, 'name'> & {
  model: { cell: CellName } & Given<SessionSpec['model']>
  problem: Omit<SessionSpec['problem'], 'loss'> & Partial<Pick<SessionSpec['problem'], 'loss'>>
} & Given<Omit<SessionSpec, 'name' | 'model' | 'problem'>>

/** A batch: a list of time steps for each row, and what is to be answered. */
export type BatchRequest = Pick<ForwardBackwardRequest, 'inputs' | 'targets'> &
  Partial<Pick<ForwardBackwardRequest, 'state' | 'flow'>>

/** A table of a batch in the Arrow IPC format: columns `inputs` and `targets`, a row for each sequence. */
export interface BatchTable extends Pick<BatchRequest, 'state' | 'flow'> {
  table: Uint8Array<ArrayBuffer>
}

export type ForwardBackward = Numeric<WireForwardBackward>
export type OptimStep = Numeric<WireOptimStep>
export type SessionDetail = Numeric<WireDetail>
export type SessionSample = Numeric<WireSample>

export interface CommandOptions extends Abortable {
  /** Sent again with the same command, it gives the answer of the first time. @default one that no other command has */
  idempotencyKey?: string | undefined
}

/**
 * Everything under `/v1/sessions`. Each call throws `UnrollProblem` when the service refuses it. A command without an answer is
 * sent again under its idempotency key: it is computed once.
 *
 * @example
 * const { id } = await client.sessions.create({ model: { cell: 'lstm' }, problem })
 * const { loss, flow } = await client.sessions.forwardBackward(id, { inputs, targets })
 * await client.sessions.optimStep(id)
 */
export class Sessions {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  async create(spec: SessionRequest, { signal }: Abortable = {}): Promise<Session> {
    return this.#http.post<Session>('/v1/sessions', { json: spec, signal })
  }

  /** A session with its newest updates, the answer to its last batch and the weights that it has saved. */
  async get(id: string, { signal }: Abortable = {}): Promise<SessionDetail> {
    return this.#http.get<SessionDetail>(`/v1/sessions/${id}`, { signal })
  }

  /** A page of sessions, newest first. */
  async list(query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<Session>> {
    return this.#http.get<Page<Session>>('/v1/sessions', { query: { ...query }, signal })
  }

  /** All sessions, newest first. */
  each(query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<Session> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  /** Loss, norms and flow of a batch, whose gradient waits for `optimStep` with those before it. */
  async forwardBackward(
    id: string,
    batch: BatchRequest | BatchTable,
    options: CommandOptions = {},
  ): Promise<ForwardBackward> {
    if (!('table' in batch)) return this.#ask<ForwardBackward>(id, 'forward_backward', { json: batch }, options)
    const { table, ...query } = batch
    const call = { body: table, headers: { 'content-type': ARROW }, query }
    return this.#ask<ForwardBackward>(id, 'forward_backward', call, options)
  }

  /** Clips the gradient that waits and updates the weights. */
  async optimStep(id: string, request: OptimStepRequest = {}, options: CommandOptions = {}): Promise<OptimStep> {
    return this.#ask<OptimStep>(id, 'optim_step', { json: request }, options)
  }

  /** Has the weights as they are now answer `inputs`, or write on from a `prompt`. */
  async sample(
    id: string,
    request: Partial<ModelPredictionRequest>,
    options: CommandOptions = {},
  ): Promise<SessionSample> {
    return this.#ask<SessionSample>(id, 'sample', { json: request }, options)
  }

  /** Saves the weights and the state of the optimizer, from which jobs may start. */
  async save(id: string, request: SessionSaveRequest = {}, options: CommandOptions = {}): Promise<Weights> {
    return this.#ask<Weights>(id, 'save', { json: request }, options)
  }

  /** Deletes a session; weights that it has saved stay. */
  async delete(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/sessions/${id}`, { signal })
  }

  /** A command may wait for a worker that takes the session over from one that has died: it is the service that ends it. */
  #ask<Answer>(
    id: string,
    command: string,
    { headers, ...call }: Call,
    { idempotencyKey, signal }: CommandOptions,
  ): Promise<Answer> {
    const keyed = { ...creatingHeaders(idempotencyKey), ...headers }
    return this.#http.post<Answer>(`/v1/sessions/${id}/${command}`, {
      ...call,
      headers: keyed,
      timeoutMs: Infinity,
      signal,
    })
  }
}
