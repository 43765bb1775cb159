import type { ParquetType } from 'hyparquet'
import type { Leaf } from './footer.ts'

/** Of the 512 MiB that a thread has: where one allocation goes far beyond those, V8 ends the process and not the thread. */
const MOST_BYTES = 384 * 2 ** 20
/** A value with its levels, in lists that grow by half. */
const VALUE_BYTES = 40
/** A list, which has room for 17 values from its first. */
const LIST_BYTES = 200
/** What a value is beside its place, unless it is an entry of a dictionary: a text has a view of its bytes too. */
const OBJECT_BYTES: Readonly<Partial<Record<ParquetType, number>>> = {
  INT64: 24,
  INT96: 72,
  BYTE_ARRAY: 240,
  FIXED_LEN_BYTE_ARRAY: 240,
}

/** Room for values of a row group that are objects of JavaScript, by about what they take. */
export class HeapRoom {
  #taken = 0

  get taken(): number {
    return this.#taken
  }

  /** @throws {Error} where there is no room for so many bytes more */
  take(bytes: number): void {
    this.#taken += bytes
    if (this.#taken > MOST_BYTES)
      throw new Error(`values of ${this.#taken} bytes are to be unpacked, and at most ${MOST_BYTES} may be at once`)
  }

  /** Frees what was taken after some bytes. */
  free(taken: number): void {
    this.#taken = taken
  }
}

/** About what the values of a page take. @param counts of its values with levels, of those that are objects, and of those that begin a list */
export function measureHeap(
  { type, mostDefinition }: Pick<Leaf, 'type' | 'mostDefinition'>,
  { values, objects, lists }: { values: number; objects: number; lists: number },
): number {
  const depth = Math.max(1, mostDefinition - 1)
  return VALUE_BYTES * values + (OBJECT_BYTES[type] ?? 0) * objects + LIST_BYTES * depth * lists
}
