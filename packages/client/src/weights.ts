import type { Page, Weights as StoredWeights } from '@unroll/contract'
import { iterateItems } from './http/pages.ts'
import type { Abortable, Transport } from './http/transport.ts'
import type { PageQuery } from './queries.ts'

/** Everything under `/v1/weights`. Each call throws `UnrollProblem` when the service refuses it. */
export class Weights {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** Uploads a file of weights: safetensors, or `.weights.h5` or `.keras` of Keras 3. */
  async create(file: Blob, { name, signal }: Abortable & { name?: string | undefined } = {}): Promise<StoredWeights> {
    const headers = { 'content-type': 'application/octet-stream' }
    return this.#http.post<StoredWeights>('/v1/weights', { query: { name }, headers, body: file, signal })
  }

  async get(id: string, { signal }: Abortable = {}): Promise<StoredWeights> {
    return this.#http.get<StoredWeights>(`/v1/weights/${id}`, { signal })
  }

  /** A page of weights, newest first. */
  async list(query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<StoredWeights>> {
    return this.#http.get<Page<StoredWeights>>('/v1/weights', { query: { ...query }, signal })
  }

  /** All weights, newest first. */
  each(query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<StoredWeights> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  /** Deletes weights; jobs that start from them have a copy. */
  async delete(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/weights/${id}`, { signal })
  }
}
