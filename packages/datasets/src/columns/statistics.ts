/**
 * Minimum, maximum, mean and standard deviation of numbers that come in parts; NaN is counted as missing.
 *
 * Each part is gone through twice, and joined to those before by Chan, Golub and LeVeque (1983): sums of squares of large
 * numbers would lose the digits that differ.
 */
export class Statistics {
  #count = 0
  #mean = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity
  missing = 0

  add(values: Float64Array): void {
    let count = 0
    let sum = 0
    let min = this.#min
    let max = this.#max
    for (const value of values) {
      if (Number.isNaN(value)) continue
      count += 1
      sum += value
      if (value < min) min = value
      if (value > max) max = value
    }
    this.missing += values.length - count
    if (count === 0) return
    const mean = sum / count
    let squares = 0
    for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2
    const [before, all] = [this.#count, this.#count + count]
    const difference = mean - this.#mean
    this.#squares += squares + difference ** 2 * ((before * count) / all)
    this.#mean += difference * (count / all)
    this.#count = all
    this.#min = min
    this.#max = max
  }

  /** Undefined where no number is there; null what is beyond the largest number. */
  summary(): Record<'min' | 'max' | 'mean' | 'std', number | null> | undefined {
    if (this.#count === 0) return undefined
    const std = Math.sqrt(this.#squares / this.#count)
    return { min: this.#min, max: this.#max, mean: finite(this.#mean), std: finite(std) }
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
