import type { Dataset, DatasetDryRun, Page, SampleSequence, Upload, UploadOptions } from '@unroll/contract'
import { creatingHeaders } from './http/headers.ts'
import { iterateItems } from './http/pages.ts'
import { UnrollProblem } from './http/problem.ts'
import { isPassing, pause } from './http/retrying.ts'
import type { PageQuery } from './queries.ts'
import type { Abortable, Transport } from './http/transport.ts'

/** What is uploaded: a text, a file, or bytes as they come. */
export type UploadData = string | Blob | ReadableStream<Uint8Array>

/** How an upload is called, and how sequences are read where that is not to be found out. */
export type UploadQuery = UploadOptions & { name?: string | undefined }

/** How far an upload in parts is, in bytes. */
export type UploadProgress = (sent: number, size: number) => void

const PART_BYTES = 32 * 2 ** 20

/** Of an upload in parts. */
export interface UploadInParts extends Abortable, UploadQuery {
  /** What has arrived is kept under it: 1 to 128 letters, digits, ".", "_" and "-". */
  uploadKey: string
  /** Bytes of a part: what is lost of an upload that breaks off, at most. @default 33554432 */
  partBytes?: number | undefined
  onProgress?: UploadProgress | undefined
  /** Milliseconds for which the service may be unreachable before the error is thrown. @default 120000 */
  patienceMs?: number | undefined
}

const PATIENCE_MS = 120_000
const RETRY_MS = 500

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
    const headers = { ...chooseMediaType(data, query.name), ...creatingHeaders(idempotencyKey) }
    return this.#http.post<Dataset>('/v1/datasets', { query: { ...query }, headers, ...toBody(data), signal })
  }

  /**
   * Uploads a file in parts, as `create` does in one. What has arrived under the key stays for seven days: called again with the same
   * key and file, it goes on from there, and once it is complete it gives the data set that it became. A part that cannot be sent is tried again, for `patienceMs`.
   */
  async createInParts(
    data: Blob,
    { uploadKey, partBytes = PART_BYTES, onProgress, patienceMs = PATIENCE_MS, signal, ...query }: UploadInParts,
  ): Promise<Dataset> {
    let reachedAt = Date.now()
    let state: Upload | undefined
    for (;;) {
      try {
        state ??= await this.upload(uploadKey, { signal, maxRetries: 0 })
        if (state.dataset !== undefined) return await this.get(state.dataset, { signal })
        onProgress?.(Math.min(state.offset, data.size), data.size)
        if (state.offset === data.size) return await this.#readParts(data, uploadKey, { query, signal })
        if (state.offset > data.size) await this.deleteUpload(uploadKey, { signal }) // it is of another file
        const start = state.offset > data.size ? 0 : state.offset
        state = await this.appendToUpload(uploadKey, data.slice(start, start + partBytes), { offset: start, signal })
        reachedAt = Date.now()
      } catch (error) {
        if (signal?.aborted === true || !mayPass(error) || Date.now() - reachedAt > patienceMs) throw error
        state = undefined // what broke off may have arrived
        await pause(RETRY_MS, signal)
      }
    }
  }

  /** Has the parts of an upload read. */
  #readParts(data: Blob, uploadKey: string, { query, signal }: Abortable & { query: UploadQuery }): Promise<Dataset> {
    const headers = chooseMediaType(data, query.name)
    const call = { query: { ...query, upload: uploadKey }, headers, timeoutMs: Infinity, maxRetries: 0, signal }
    return this.#http.post<Dataset>('/v1/datasets', call)
  }

  /** How far an upload in parts has come: 0 bytes where nothing has arrived under its key. */
  async upload(
    uploadKey: string,
    { signal, maxRetries }: Abortable & { maxRetries?: number | undefined } = {},
  ): Promise<Upload> {
    return this.#http.get<Upload>(`/v1/uploads/${uploadKey}`, {
      signal,
      ...(maxRetries !== undefined && { maxRetries }),
    })
  }

  /** Sends the next part of an upload, which `createInParts` does for a whole file. */
  async appendToUpload(
    uploadKey: string,
    part: Blob,
    { offset, signal }: Abortable & { offset: number },
  ): Promise<Upload> {
    return this.#http.patch<Upload>(`/v1/uploads/${uploadKey}`, {
      headers: { 'upload-offset': String(offset), 'content-type': 'application/octet-stream' },
      body: part,
      signal,
    })
  }

  /** Deletes the parts of an upload that have arrived. */
  async deleteUpload(uploadKey: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/uploads/${uploadKey}`, { signal })
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

/** A part that had arrived after all is refused: what follows it is not known then. */
function mayPass(error: unknown): boolean {
  return isPassing(error) || (error instanceof UnrollProblem && error.code === 'UPLOAD_OFFSET_WRONG')
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
