import type { DatasetField } from '@unroll/contract'

/** Categories that a record lists. */
export const LISTED = 1000

/** Different values, numbered in the order in which they first appear, with the count of each. */
export class Categories<Value extends string | number> {
  readonly #ids = new Map<Value, number>()
  readonly #counts: number[] = []

  get size(): number {
    return this.#counts.length
  }

  /** Counts a value, and gives its id. */
  add(value: Value): number {
    let id = this.#ids.get(value)
    if (id === undefined) {
      id = this.#counts.length
      this.#ids.set(value, id)
      this.#counts.push(0)
    }
    this.#counts[id] = (this.#counts[id] ?? 0) + 1
    return id
  }

  values(): IterableIterator<Value> {
    return this.#ids.keys()
  }

  listed(): DatasetField['categories'] {
    const listed: DatasetField['categories'] = []
    for (const [value, id] of this.#ids) {
      if (id === LISTED) break
      listed.push({ value: String(value), count: this.#counts[id] ?? 0 })
    }
    return listed
  }
}
