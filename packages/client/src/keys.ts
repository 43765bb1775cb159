import type { ApiKey, KeyRequest, NewApiKey, Page } from '@unroll/contract'
import type { Abortable, Transport } from './http/transport.ts'

/** Keys of the service: for admins. */
export class Keys {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** Makes a key; `key` of the answer is shown this once. */
  create(request: Pick<KeyRequest, 'name'> & Partial<KeyRequest>, { signal }: Abortable = {}): Promise<NewApiKey> {
    return this.#http.post('/v1/keys', { json: request, signal })
  }

  /** All keys without their secrets, newest first. */
  list({ signal }: Abortable = {}): Promise<Page<ApiKey>> {
    return this.#http.get('/v1/keys', { signal })
  }

  /**
   * Makes a key in place of another, which works for some more time.
   *
   * @param options.overlapSeconds that time.
   * @default a day
   */
  rotate(
    id: string,
    { overlapSeconds, signal }: Abortable & { overlapSeconds?: number | undefined } = {},
  ): Promise<NewApiKey> {
    return this.#http.post(`/v1/keys/${id}/rotate`, { json: { overlap_seconds: overlapSeconds }, signal })
  }

  /** Revokes a key: every process of the service refuses it within 5 s. */
  async revoke(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/keys/${id}`, { signal })
  }
}
