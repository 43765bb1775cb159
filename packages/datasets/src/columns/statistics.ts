/**
 * Minimum, maximum, mean and standard deviation of numbers that come in parts; NaN is counted as missing.
 *
 * Sums are of the differences from the mean so far, and parts are joined by Chan, Golub and LeVeque (1983): sums of squares of
 * large numbers would lose the digits that differ.
 */
export class Statistics {
  #count = 0
  #mean = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity
  missing = 0

  add(values: Float64Array): void {
    const shift = this.#count === 0 ? findFirst(values) : this.#mean
    const sums = sumUp(values, shift)
    // One that is missing shows in the sums: to look for it at each number takes as long as all the rest.
    if (!Number.isNaN(sums.squares)) return this.#join(sums, values.length, shift)
    const present = values.filter((value) => !Number.isNaN(value))
    this.missing += values.length - present.length
    this.#join(sumUp(present, shift), present.length, shift)
  }

  #join({ sum, squares, min, max }: Sums, count: number, shift: number): void {
    if (count === 0) return
    const [before, all] = [this.#count, this.#count + count]
    const difference = shift + sum / count - this.#mean
    this.#squares += Math.max(0, squares - (sum * sum) / count) + difference ** 2 * before * (count / all)
    this.#mean += difference * (count / all)
    this.#count = all
    this.#min = Math.min(this.#min, min)
    this.#max = Math.max(this.#max, max)
  }

  /** Undefined where no number is there; null what is beyond the largest number. */
  summary(): Record<'min' | 'max' | 'mean' | 'std', number | null> | undefined {
    if (this.#count === 0) return undefined
    const std = Math.sqrt(this.#squares / this.#count)
    return { min: this.#min, max: this.#max, mean: finite(this.#mean), std: finite(std) }
  }
}

/** Sums of the differences from `shift`. */
interface Sums {
  sum: number
  squares: number
  min: number
  max: number
}

function sumUp(values: Float64Array, shift: number): Sums {
  let sum = 0
  let squares = 0
  let min = Infinity
  let max = -Infinity
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    const difference = value - shift
    sum += difference
    squares += difference * difference
    if (value < min) min = value
    if (value > max) max = value
  }
  return { sum, squares, min, max }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function findFirst(values: Float64Array): number {
  return values.find((value) => !Number.isNaN(value)) ?? 0
}
