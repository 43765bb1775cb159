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
