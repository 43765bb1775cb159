/** Bytes of an entry beside its value: its key, a promise, the map entry. */
const ENTRY_BYTES = 512

interface Entry<Value> {
  value: Promise<Value>
  bytes: number
}

export interface Made<Value> {
  value: Value
  bytes: number
  /** Whether it stays valid when its source changes. @default false */
  lasts?: boolean
}

/**
 * A cache of values by key: concurrent callers share one computation, and the least recently used values are evicted
 * beyond a number of bytes. (`lru-cache` bounds bytes, too, but knows no second key under which a value lasts.)
 */
export class ByteCache<Value> {
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry<Value>>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * The value of `lastingKey` or of `key`, or else made by `make`: stored under `lastingKey` if it lasts, otherwise
   * under `key`. An error of `make` is thrown and not stored.
   */
  get(key: string, make: () => Promise<Made<Value>>, lastingKey: string = key): Promise<Value> {
    const known = this.#find(lastingKey) ?? this.#find(key)
    if (known !== undefined) return known
    const made = make()
    const entry: Entry<Value> = { value: made.then(({ value }) => value), bytes: 0 }
    this.#entries.set(key, entry)
    made.then(
      ({ bytes, lasts = false }) => this.#keep(entry, { bytes, madeAs: key, key: lasts ? lastingKey : key }),
      () => this.#forget(key, entry),
    )
    return entry.value
  }

  #find(key: string): Promise<Value> | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key) // the newest are at the end
    this.#entries.set(key, entry)
    return entry.value
  }

  #keep(entry: Entry<Value>, { bytes, madeAs, key }: { bytes: number; madeAs: string; key: string }): void {
    if (this.#entries.get(madeAs) !== entry) return // evicted while it was made
    this.#entries.delete(madeAs)
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0 // the same value was made from another state meanwhile
    this.#entries.set(key, entry)
    entry.bytes = bytes + ENTRY_BYTES
    this.#bytes += entry.bytes
    this.#shrink()
  }

  #forget(key: string, entry: Entry<Value>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }

  #shrink(): void {
    for (const [key, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return
      this.#entries.delete(key)
      this.#bytes -= bytes
    }
  }
}
