/** What an entry takes beside its value: its key, a promise, the place in the map. */
const ENTRY_BYTES = 512

interface Entry<Value> {
  value: Promise<Value>
  bytes: number
}

/** Values by key, each made once however many ask for it at a time; those used longest ago go when there are too many bytes. */
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

  /** The value of `key`, made by `make` where there is none. What `make` throws is thrown and not kept. */
  get(key: string, make: () => Promise<{ value: Value; bytes: number }>): Promise<Value> {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key) // the newest are at the end
      this.#entries.set(key, known)
      return known.value
    }
    const made = make()
    const entry: Entry<Value> = { value: made.then(({ value }) => value), bytes: 0 }
    this.#entries.set(key, entry)
    made.then(
      ({ bytes }) => this.#weigh(key, entry, bytes),
      () => this.#forget(key, entry),
    )
    return entry.value
  }

  #weigh(key: string, entry: Entry<Value>, bytes: number): void {
    if (this.#entries.get(key) !== entry) return // evicted while it was made
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
