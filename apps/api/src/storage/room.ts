import type { Artifacts } from '@unroll/artifacts'
import type { Usage } from '@unroll/contract'
import type { Store } from '@unroll/store'
import { FOLDERS, KINDS, classifyKey } from './kinds.ts'

/** A look at all jobs and artifacts serves whoever asks within this. */
const LASTS_MS = 60_000

type Room = Pick<Usage, 'redis' | 'artifacts'>

/** What takes room, looked at when somebody asks, once for all who do. */
export class StorageRoom {
  readonly #store: Store
  readonly #artifacts: Artifacts
  readonly #clock: () => number
  #look: Promise<Room> | undefined
  #madeAt = -Infinity

  /** @param clock milliseconds from any fixed moment */
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
      this.#madeAt = Infinity // while it is under way everybody waits for it
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
