import type { Artifacts } from '@unroll/artifacts'
import type { Usage } from '@unroll/contract'
import type { Store } from '@unroll/store'
import { FOLDERS, KINDS, classifyKey } from './kinds.ts'

/** Milliseconds for which one measurement of all jobs and artifacts serves all requests. */
const LASTS_MS = 60_000

type Room = Pick<Usage, 'redis' | 'artifacts'>

/** The storage in use, measured on request, once for all concurrent requests. */
export class StorageRoom {
  readonly #store: Store
  readonly #artifacts: Artifacts
  readonly #clock: () => number
  #look: Promise<Room> | undefined
  #madeAt = -Infinity

  /** @param clock returns milliseconds since any fixed time */
  constructor(
    { store, artifacts }: { store: Store; artifacts: Artifacts },
    clock: () => number = () => performance.now(),
  ) {
    this.#store = store
    this.#artifacts = artifacts
    this.#clock = clock
  }

  /** @throws {UnrollError} STORE_UNAVAILABLE @throws {ArtifactReadError} */
  async read(): Promise<Room> {
    if (this.#look === undefined || this.#clock() - this.#madeAt >= LASTS_MS) {
      const look = this.#made()
      this.#look = look
      this.#madeAt = Infinity // all requests wait for a measurement in progress
      look.then(
        () => (this.#madeAt = this.#clock()),
        () => (this.#look = undefined),
      )
    }
    return await this.#look
  }

  async #made(): Promise<Room> {
    const redis = await this.#store.usage.redis()
    return { redis, artifacts: { as_of: redis.as_of, ...(await sizes(this.#artifacts)) } }
  }
}

async function sizes(artifacts: Artifacts): Promise<Omit<Usage['artifacts'], 'as_of'>> {
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, { count: 0, bytes: 0 }]))
  for (const folder of FOLDERS) {
    for await (const { key, bytes } of artifacts.list(folder)) {
      const sum = sums[classifyKey(key)]
      if (sum === undefined) continue
      sum.count += 1
      sum.bytes += bytes
    }
  }
  return sums as Omit<Usage['artifacts'], 'as_of'>
}
