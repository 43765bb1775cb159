import type { UnrollClient } from '@unroll/client'

/** Names of data sets by their id, each asked for once. */
export class DatasetNames {
  readonly #client: UnrollClient
  readonly #names = new Map<string, string | null>()

  constructor(client: UnrollClient) {
    this.#client = client
  }

  /** The name of a data set; null until it is known, and for one that was deleted. */
  get(id: string): string | null {
    return this.#names.get(id) ?? null
  }

  /** Asks for the names that are not known. */
  async load(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#names.has(id))
    await Promise.all(
      unknown.map(async (id) => {
        const found = await this.#client.datasets.get(id, { signal }).catch(() => null)
        this.#names.set(id, found?.name ?? null)
      }),
    )
  }
}
