import type { Dataset, Page } from '@unroll/contract'
import { iterateItems } from './http/pages.ts'
import type { PageQuery } from './queries.ts'
import type { Abortable, Transport } from './http/transport.ts'

/** The routes of `/v1/datasets`. Each call throws `UnrollProblem` when the service refuses it. */
export class Datasets {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** Uploads a text in UTF-8. */
  async create(text: string | Blob, { name, signal }: Abortable & { name?: string } = {}): Promise<Dataset> {
    const headers = { 'content-type': 'text/plain' }
    return this.#http.post<Dataset>('/v1/datasets', { query: { name }, headers, body: text, signal })
  }

  async get(id: string, { signal }: Abortable = {}): Promise<Dataset> {
    return this.#http.get<Dataset>(`/v1/datasets/${id}`, { signal })
  }

  /** A page of data sets, newest first. */
  async list(query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<Dataset>> {
    return this.#http.get<Page<Dataset>>('/v1/datasets', { query: { ...query }, signal })
  }

  /** Every data set, newest first. */
  each(query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<Dataset> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  async delete(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/datasets/${id}`, { signal })
  }
}
