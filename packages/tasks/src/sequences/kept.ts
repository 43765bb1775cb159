import type { Sequences } from './sequences.ts'

/** The most that is kept in memory of what was read, in bytes. */
const MOST_BYTES = 256 * 2 ** 20
const BYTES = 4

/** Whole sequences that were read before, where all of them fit into memory; else none. */
export class Kept<Values> {
  readonly #known: (Values | undefined)[] = []
  readonly #lengths: Int32Array
  readonly #maxLength: number
  readonly #fits: boolean
  readonly #read: (sequence: number, length: number) => Values

  constructor(
    { lengths }: Sequences,
    maxLength: number,
    width: number,
    read: (sequence: number, length: number) => Values,
  ) {
    const steps = lengths.reduce((sum, length) => sum + Math.min(length, maxLength), 0)
    this.#fits = steps * width * BYTES <= MOST_BYTES
    this.#lengths = lengths
    this.#maxLength = maxLength
    this.#read = read
  }

  get(sequence: number): Values | undefined {
    if (!this.#fits) return undefined
    return (this.#known[sequence] ??= this.#read(sequence, Math.min(this.#lengths[sequence]!, this.#maxLength)))
  }
}
