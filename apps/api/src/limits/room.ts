import { UnrollError } from '@unroll/contract'
import type { Store } from '@unroll/store'

/** A measurement serves all requests for this time. */
const LASTS_MS = 2_000
/** Part of its memory from which Redis takes nothing new: the rest is for the jobs that run. */
const MEMORY_PART = 0.9

/** Where artifacts are kept, and how many bytes of it stay free. */
export interface Disk {
  /** Bytes that are free; undefined where that cannot be told, as of a bucket. */
  readFree: () => Promise<number | undefined>
  reservedBytes: number
}

/** Tells whether there is room for what is new on the disk and in the memory of Redis. Jobs that run go on without it. */
export class Room {
  readonly #store: Store
  readonly #disk: Disk | undefined
  #fault: Promise<string | undefined> = Promise.resolve(undefined)
  #madeAt = -Infinity

  constructor(store: Store, disk: Disk | undefined) {
    this.#store = store
    this.#disk = disk
  }

  /** @throws {UnrollError} STORAGE_FULL, STORE_UNAVAILABLE */
  async refuseWhenFull(): Promise<void> {
    const fault = await this.findFault()
    if (fault !== undefined) throw new UnrollError('STORAGE_FULL', `Cannot store anything new: ${fault}`)
  }

  /** What is nearly full, with how full it is; undefined where there is room. @throws {UnrollError} STORE_UNAVAILABLE */
  async findFault(): Promise<string | undefined> {
    if (performance.now() - this.#madeAt >= LASTS_MS) {
      this.#madeAt = performance.now()
      this.#fault = this.#look()
      this.#fault.catch(() => (this.#madeAt = -Infinity))
    }
    return await this.#fault
  }

  async #look(): Promise<string | undefined> {
    const [free, { usedBytes, mostBytes }] = await Promise.all([
      this.#disk?.readFree().catch(() => undefined), // writing says what is wrong
      this.#store.usage.memory(),
    ])
    const reserved = this.#disk?.reservedBytes ?? 0
    if (free !== undefined && free < reserved)
      return `the disk of the artifacts has ${free} bytes left, and ${reserved} stay free (UNROLL_RESERVED_BYTES)`
    if (usedBytes > MEMORY_PART * mostBytes)
      return `Redis uses ${usedBytes} of ${mostBytes} bytes of memory, of which the last tenth is for the jobs that run`
    return undefined
  }
}
