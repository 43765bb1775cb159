// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.

import type { Column } from '@unroll/store'

/**
 * The statistics of the values of a bucket. `min`, `max` and `sum` are over finite values, `n` is their number,
 * `argmin` and `argmax` are the first steps of the extremes; `logSum` adds their log₁₀, so that it is -Infinity once
 * one of them is 0 and NaN once one is negative. `last` is the last of all values.
 */
export const STATISTICS = [
  'n',
  'min',
  'max',
  'argmin',
  'argmax',
  'last',
  'sum',
  'logSum',
  'nan',
  'inf',
  'negInf',
] as const
export type Statistic = (typeof STATISTICS)[number]

/** The statistics of one series in consecutive buckets. Merged buckets equal a wider bucket. */
export class Buckets {
  readonly count: number
  readonly statistics: Readonly<Record<Statistic, Float64Array>>

  constructor(count: number, statistics: Record<Statistic, Float64Array> = emptyStatistics(count)) {
    this.count = count
    this.statistics = statistics
  }

  /** Adds a value that is newer than all in the bucket. */
  add(bucket: number, step: number, value: number): void {
    const { n, min, max, argmin, argmax, last, sum, logSum, nan, inf, negInf } = this.statistics
    last[bucket] = value
    if (!Number.isFinite(value)) {
      const count = Number.isNaN(value) ? nan : value > 0 ? inf : negInf
      count[bucket]! += 1
      return
    }
    n[bucket]! += 1
    sum[bucket]! += value
    logSum[bucket]! += Math.log10(value)
    if (value < min[bucket]!) {
      min[bucket] = value
      argmin[bucket] = step
    }
    if (value > max[bucket]!) {
      max[bucket] = value
      argmax[bucket] = step
    }
  }

  /** Adds the values of a column in rows `from` … `to - 1`, each to bucket `⌊(step - 1) / width⌋ - first`. */
  addColumn(
    { values, present }: Column,
    { steps, from, to, width, first }: { steps: Float64Array; from: number; to: number; width: number; first: number },
  ): void {
    for (let row = from; row < to; row++) {
      if (present !== undefined && present[row] === 0) continue
      const step = steps[row]!
      this.add(Math.floor((step - 1) / width) - first, step, values[row]!)
    }
  }

  /** Adds bucket `at` of `other`, whose values are newer than all in `bucket`. */
  merge(bucket: number, other: Buckets, at: number): void {
    const [ours, theirs] = [this.statistics, other.statistics]
    if (other.total(at) === 0) return
    for (const name of ['n', 'sum', 'logSum', 'nan', 'inf', 'negInf'] as const) ours[name][bucket]! += theirs[name][at]!
    ours.last[bucket] = theirs.last[at]!
    if (theirs.min[at]! < ours.min[bucket]!) {
      ours.min[bucket] = theirs.min[at]!
      ours.argmin[bucket] = theirs.argmin[at]!
    }
    if (theirs.max[at]! > ours.max[bucket]!) {
      ours.max[bucket] = theirs.max[at]!
      ours.argmax[bucket] = theirs.argmax[at]!
    }
  }

  /** Values in a bucket, finite or not. */
  total(bucket: number): number {
    const { n, nan, inf, negInf } = this.statistics
    return n[bucket]! + nan[bucket]! + inf[bucket]! + negInf[bucket]!
  }
}

function emptyStatistics(count: number): Record<Statistic, Float64Array> {
  const entries = STATISTICS.map((name) => [name, new Float64Array(count).fill(EMPTY[name] ?? 0)] as const)
  return Object.fromEntries(entries) as Record<Statistic, Float64Array>
}

const EMPTY: Partial<Record<Statistic, number>> = { min: Infinity, max: -Infinity, last: NaN }
