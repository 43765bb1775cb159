import type {
  CellName,
  ForwardBackward as WireForwardBackward,
  ForwardBackwardRequest,
  OptimStep as WireOptimStep,
  OptimStepRequest,
  Page,
  ModelPredictionRequest,
  Session,
  SessionSample as WireSample,
  SessionSaveRequest,
  SessionSpec,
  Weights,
} from '@unroll/contract'
import { ARROW } from './arrow/table.ts'
import { iterateItems } from './http/pages.ts'
import type { Abortable, Transport } from './http/transport.ts'
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
export type SessionSample = Numeric<WireSample>

/** A command may wait for a worker that takes the session over from one that has died. It is the service that ends it. */
const ASKED = { isRepeatable: false, timeoutMs: Infinity } as const

/**
 * Everything under `/v1/sessions`. Each call throws `UnrollProblem` when the service refuses it. Commands are not sent twice by
 * themselves: one that was taken is computed, whether or not its answer arrives.
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

  async get(id: string, { signal }: Abortable = {}): Promise<Session> {
    return this.#http.get<Session>(`/v1/sessions/${id}`, { signal })
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
    { signal }: Abortable = {},
  ): Promise<ForwardBackward> {
    const path = `/v1/sessions/${id}/forward_backward`
    if (!('table' in batch)) return this.#http.post<ForwardBackward>(path, { ...ASKED, json: batch, signal })
    const { table, ...query } = batch
    const headers = { 'content-type': ARROW }
    return this.#http.post<ForwardBackward>(path, { ...ASKED, body: table, headers, query, signal })
  }

  /** Clips the gradient that waits and updates the weights. */
  async optimStep(id: string, request: OptimStepRequest = {}, { signal }: Abortable = {}): Promise<OptimStep> {
    return this.#http.post<OptimStep>(`/v1/sessions/${id}/optim_step`, { ...ASKED, json: request, signal })
  }

  /** Has the weights as they are now answer `inputs`, or write on from a `prompt`. */
  async sample(
    id: string,
    request: Partial<ModelPredictionRequest>,
    { signal }: Abortable = {},
  ): Promise<SessionSample> {
    return this.#http.post<SessionSample>(`/v1/sessions/${id}/sample`, { ...ASKED, json: request, signal })
  }

  /** Saves the weights and the state of the optimizer, from which jobs may start. */
  async save(id: string, request: SessionSaveRequest = {}, { signal }: Abortable = {}): Promise<Weights> {
    return this.#http.post<Weights>(`/v1/sessions/${id}/save`, { ...ASKED, json: request, signal })
  }

  /** Deletes a session; weights that it has saved stay. */
  async delete(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/sessions/${id}`, { signal })
  }
}
