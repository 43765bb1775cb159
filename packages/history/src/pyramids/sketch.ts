/** Relative accuracy of quantiles. */
export const SKETCH_ACCURACY = 0.01

const GAMMA = (1 + SKETCH_ACCURACY) / (1 - SKETCH_ACCURACY)
const LOG_GAMMA = Math.log(GAMMA)
/** Larger than the absolute logarithm to base γ of any double. */
const OFFSET = 40_000

/**
 * Counts of finite values in bins whose bounds are powers of γ: any quantile is known to 1 % of its value, for all
 * values and any number of them (DDSketch: Masson, Rim and Lee, 2019). Sketches of parts add up to that of the whole.
 */
export class Sketch {
  /** Counts by bin: negative bins for negative values, 0 for zeros, so that the order of bins is that of values. */
  readonly #counts = new Map<number, number>()

  add(value: number): void {
    const bin = toBin(value)
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1)
  }

  /** The values at ranks ⌈q·n⌉, for ascending shares q; NaN without values. */
  quantiles(shares: readonly number[]): number[] {
    const bins = [...this.#counts].toSorted(([a], [b]) => a - b)
    const n = bins.reduce((sum, [, count]) => sum + count, 0)
    let at = 0
    let below = 0
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * n))
      while (at < bins.length - 1 && below + (bins[at]?.[1] ?? 0) < rank) below += bins[at++]?.[1] ?? 0
      return toValue(bins[at]?.[0] ?? NaN)
    })
  }

  /** Alternating bins and counts. */
  encode(): number[] {
    return [...this.#counts].flat()
  }

  static decode(numbers: readonly number[]): Sketch {
    const sketch = new Sketch()
    for (let at = 0; at < numbers.length; at += 2) sketch.#counts.set(numbers[at] ?? 0, numbers[at + 1] ?? 0)
    return sketch
  }
}

function toBin(value: number): number {
  if (value === 0) return 0
  const bin = Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + OFFSET
  return value > 0 ? bin : -bin
}

/** The value with equal relative distance to both bounds of a bin. */
function toValue(bin: number): number {
  if (bin === 0 || Number.isNaN(bin)) return bin
  const magnitude = 2 * Math.exp((Math.abs(bin) - OFFSET) * LOG_GAMMA - Math.log(GAMMA + 1))
  return bin > 0 ? magnitude : -magnitude
}
