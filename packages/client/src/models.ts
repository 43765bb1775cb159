import type { CheckpointFormat, ModelRegistration, Page, RegisteredModel } from '@unroll/contract'
import { iterateItems } from './http/pages.ts'
import type { Abortable, Transport } from './http/transport.ts'
import type { PageQuery } from './queries.ts'

/** The body of a registration: the best checkpoint is registered, without aliases, unless others are given. */
export type ModelRequest = Pick<ModelRegistration, 'name' | 'job'> & Partial<ModelRegistration>

/** The routes of `/v1/models`, but for predictions. Each call throws `UnrollProblem` when the service refuses it. */
export class Models {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** Registers a checkpoint of a job as the next version of a model, which is the first of `versions`. */
  async register(model: ModelRequest, { signal }: Abortable = {}): Promise<RegisteredModel> {
    return this.#http.post<RegisteredModel>('/v1/models', { json: model, signal })
  }

  async get(name: string, { signal }: Abortable = {}): Promise<RegisteredModel> {
    return this.#http.get<RegisteredModel>(toModelPath(name), { signal })
  }

  /** A page of models, by name. */
  async list(query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<RegisteredModel>> {
    return this.#http.get<Page<RegisteredModel>>('/v1/models', { query: { ...query }, signal })
  }

  /** Every model, by name. */
  each(query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<RegisteredModel> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  /** Gives aliases to versions; null removes one. */
  async setAliases(
    name: string,
    aliases: Readonly<Record<string, number | null>>,
    { signal }: Abortable = {},
  ): Promise<RegisteredModel> {
    return this.#http.patch<RegisteredModel>(toModelPath(name), { json: { aliases }, signal })
  }

  /**
   * A version as a file, as its bytes arrive.
   *
   * @param version by its number or an alias; "production", else the newest, unless given
   * @param format of the file; the state of the run unless given
   */
  async content(
    name: string,
    {
      version,
      format,
      signal,
    }: Abortable & { version?: string | number | undefined; format?: CheckpointFormat | undefined } = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#http.send('GET', `${toModelPath(name)}/content`, {
      query: { version, format },
      signal,
    })
    return body ?? new ReadableStream({ start: (controller) => controller.close() })
  }

  /** The model card of a version: Markdown with a picture of the flow inside. */
  async card(
    name: string,
    { version, signal }: Abortable & { version?: string | number | undefined } = {},
  ): Promise<string> {
    const response = await this.#http.send('GET', `${toModelPath(name)}/card`, { query: { version }, signal })
    return await response.text()
  }

  /** Deletes a version with its aliases, or without one the whole model. */
  async delete(name: string, { version, signal }: Abortable & { version?: number | undefined } = {}): Promise<void> {
    await this.#http.send('DELETE', toModelPath(name), { query: { version }, signal })
  }
}

/** The path of a model, whose name is written by a user. */
export function toModelPath(name: string): string {
  return `/v1/models/${encodeURIComponent(name)}`
}
