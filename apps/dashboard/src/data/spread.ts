// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { MetricsBuckets } from '@unroll/client'

const FIELDS = ['first', 'n', 'least', 'greatest', 'mean', 'nan', 'infinity', 'negativeInfinity'] as const

/**
 * The contents of rows that may be buckets of steps: the first step of each; number, extremes and mean of its finite
 * values; the number of its non-finite values. A row of one step is a bucket of one value.
 */
export type Spread = Readonly<Record<(typeof FIELDS)[number], Float64Array>>

export type Bucketed = MetricsBuckets['series'][string]

export function emptySpread(capacity: number): Spread {
  return buildSpread(() => new Float64Array(capacity))
}

/** A spread with each field made by `make`. */
export function mapSpread(spread: Spread, change: (values: Float64Array) => Float64Array): Spread {
  return buildSpread((field) => change(spread[field]))
}

export function setBucket(
  spread: Spread,
  row: number,
  { first, at, of }: { first: number; at: number; of: Bucketed },
): void {
  const [nan, negativeInfinity] = [of.nan[at]!, of.negative_infinity[at]!]
  spread.first[row] = first
  spread.n[row] = of.n[at]!
  spread.least[row] = of.min[at] ?? Infinity
  spread.greatest[row] = of.max[at] ?? -Infinity
  spread.mean[row] = of.mean[at] ?? Number.NaN
  spread.nan[row] = nan
  spread.infinity[row] = of.nonfinite[at]! - nan - negativeInfinity
  spread.negativeInfinity[row] = negativeInfinity
}

export function setValue(spread: Spread, row: number, { step, value }: { step: number; value: number | null }): void {
  const isFinite = value !== null && Number.isFinite(value)
  spread.first[row] = step
  spread.n[row] = Number(isFinite)
  spread.least[row] = isFinite ? value : Infinity
  spread.greatest[row] = isFinite ? value : -Infinity
  spread.mean[row] = isFinite ? value : Number.NaN
  spread.nan[row] = Number(Number.isNaN(value))
  spread.infinity[row] = Number(value === Infinity)
  spread.negativeInfinity[row] = Number(value === -Infinity)
}

export function copyRow(from: Spread, row: number, to: Spread, at: number): void {
  for (const field of FIELDS) to[field][at] = from[field][row]!
}

function buildSpread(make: (field: (typeof FIELDS)[number]) => Float64Array): Spread {
  return Object.fromEntries(FIELDS.map((field) => [field, make(field)])) as Record<
    (typeof FIELDS)[number],
    Float64Array
  >
}
