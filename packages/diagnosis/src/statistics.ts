/**
 * The p-th percentile, p in [0, 100], by the nearest rank; NaN without values. The order of `values` does not matter.
 */
export function percentile(values: Iterable<number>, p: number): number {
  const sorted = Float64Array.from(values).toSorted()
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function median(values: Iterable<number>): number {
  return percentile(values, 50)
}

/** `value` to `digits` significant digits. */
export function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits))
}

/** A least-squares line, by its value at the last x. */
export interface Line {
  readonly end: number
  readonly slope: number
  /** Standard errors; NaN of fewer than three points. */
  readonly endError: number
  readonly slopeError: number
}

/** The line through points whose x differ; NaN without two. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
  const ahead = (points.at(-1)?.[0] ?? Number.NaN) - meanX
  const residuals = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  const variance = n > 2 ? residuals / (n - 2) : Number.NaN
  return {
    end: meanY + slope * ahead,
    slope,
    endError: Math.sqrt(variance * (1 / n + ahead ** 2 / spread)),
    slopeError: Math.sqrt(variance / spread),
  }
}
