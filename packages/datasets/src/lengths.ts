import type { SequenceLengths } from '@unroll/contract'

const BINS = 20

/** What is said of the lengths of sequences, of which there is at least one. */
export function describeLengths(lengths: Int32Array): SequenceLengths {
  const sorted = lengths.toSorted()
  const middle = sorted.length / 2
  const [min, max] = [sorted[0] ?? 0, sorted.at(-1) ?? 0]
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
  const width = Math.ceil((max - min + 1) / BINS)
  const counts = Array.from({ length: Math.ceil((max - min + 1) / width) }, () => 0)
  for (const length of sorted) {
    const bin = Math.floor((length - min) / width)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const histogram = counts.map((count, bin) => ({
    from: min + bin * width,
    to: Math.min(max, min + (bin + 1) * width - 1),
    count,
  }))
  return { min, median, max, histogram }
}

/** Whole numbers that become more. */
export class Growing {
  #values: Int32Array = new Int32Array(1024)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(2 * this.length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }

  all(): Int32Array {
    return this.#values.subarray(0, this.length)
  }
}
