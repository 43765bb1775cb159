import assert from 'node:assert/strict'

/**
 * Compares numbers and remembers how many there were and how far apart the worst were: |got - wanted| over
 * max(1, largest magnitude wanted of the same tensor). Inf and NaN must be the same.
 */
export class Comparison {
  readonly #tolerance: number
  files = 0
  numbers = 0
  worst = 0

  constructor(tolerance: number) {
    this.#tolerance = tolerance
  }

  close(what: string, got: ArrayLike<number>, wanted: ArrayLike<number>): void {
    assert.equal(got.length, wanted.length, `${what}: number of elements`)
    const scale = largestOf(wanted)
    for (let i = 0; i < wanted.length; i++) {
      const a = got[i] ?? NaN
      const b = wanted[i] ?? NaN
      const error = Object.is(a, b) || a === b ? 0 : Math.abs(a - b) / scale
      // The message is made on failure alone: a million of them, one for each number, take longer than the comparison.
      if (!(error <= this.#tolerance)) assert.fail(`${what}[${i}]: got ${a}, wanted ${b}, relative error ${error}`)
      this.worst = Math.max(this.worst, error)
      this.numbers += 1
    }
  }

  /** What was looked at, for the test's diagnostic. Fails when it was nothing. */
  summary(): string {
    assert.ok(this.numbers > 0, 'Nothing was compared')
    return `${this.files} files, ${this.numbers} numbers, worst error ${this.worst.toExponential(1)}`
  }
}

/** The largest finite magnitude, 1 at least. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 1
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i] ?? 0)
    if (magnitude > largest && magnitude < Infinity) largest = magnitude
  }
  return largest
}
