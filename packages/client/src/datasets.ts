import type { Dataset, DatasetDryRun, Page, SampleSequence, UploadOptions } from '@unroll/contract'
import { keyHeader } from './http/headers.ts'
import { iterateItems } from './http/pages.ts'
import type { PageQuery } from './queries.ts'
import type { Abortable, Transport } from './http/transport.ts'

/** What is uploaded: a text, a file, or bytes as they come. */
export type UploadData = string | Blob | ReadableStream<Uint8Array>

/** How an upload is called, and how sequences are read where that is not to be found out. */
export type UploadQuery = UploadOptions & { name?: string | undefined }

/** Everything under `/v1/datasets`. Each call throws `UnrollProblem` when the service refuses it. */
export class Datasets {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /**
   * Uploads a text, or sequences in one of the formats of the service, by the media type of `data` where it has one, else by the end
   * of `name`. Sent again with the same `idempotencyKey` within a day, it gives the data set of the first time.
   */
  async create(
    data: UploadData,
    { idempotencyKey, signal, ...query }: Abortable & UploadQuery & { idempotencyKey?: string | undefined } = {},
  ): Promise<Dataset> {
    const headers = { ...chooseMediaType(data, query.name), ...keyHeader(idempotencyKey) }
    return this.#http.post<Dataset>('/v1/datasets', { query: { ...query }, headers, ...toBody(data), signal })
  }

  /** Says what is in an upload, and what it would be as a data set, without storing it. */
  async dryRun(data: UploadData, { signal, ...query }: Abortable & UploadQuery = {}): Promise<DatasetDryRun> {
    const call = {
      query: { ...query, dry_run: true },
      headers: chooseMediaType(data, query.name),
      ...toBody(data),
      signal,
    }
    return this.#http.post<DatasetDryRun>('/v1/datasets', call)
  }

  /** The first sequences of a data set, 10 at most; none of a text. */
  async sequences(
    id: string,
    { limit, signal }: Abortable & { limit?: number | undefined } = {},
  ): Promise<SampleSequence[]> {
    const page = await this.#http.get<Page<SampleSequence>>(`/v1/datasets/${id}/sequences`, {
      query: { limit },
      signal,
    })
    return page.data
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

/** The type of a blob, or what has the service go by the name; a text without such a name is a text. */
function chooseMediaType(data: UploadData, name: string | undefined): Record<string, string> {
  const own = data instanceof Blob ? data.type : ''
  if (own !== '') return { 'content-type': own }
  const isNamed = name !== undefined && /\.\w+$/.test(name)
  return { 'content-type': isNamed && !/\.(?:txt|text|md)$/i.test(name) ? 'application/octet-stream' : 'text/plain' }
}

/** A body that is sent while it comes must say so. */
function toBody(data: UploadData): { body: UploadData; duplex?: 'half' } {
  return data instanceof ReadableStream ? { body: data, duplex: 'half' } : { body: data }
}
