import type { Buckets, Overview } from '@unroll/history'
import { formatCursor, toJsonNumber, type MetricBuckets } from '@unroll/contract'

type Values = MetricBuckets['series'][string]

/** A run, or a range of it, in buckets. */
export function bucketColumns({ width, fromStep, count, series, ...range }: Overview): MetricBuckets {
  return {
    object: 'metrics',
    cursor: formatCursor(range.cursor),
    done: range.done,
    first_step: range.firstStep,
    bucket_steps: width,
    steps: Array.from({ length: count }, (_, bucket) => fromStep + bucket * width),
    last_step: range.lastStep,
    series: Object.fromEntries([...series].map(([name, buckets]) => [name, encodeValues(buckets)])),
  }
}

function encodeValues(buckets: Buckets): Values {
  const { n, min, max, argmax, last, sum, nan, inf, negInf } = buckets.statistics
  const ifFinite = (values: Float64Array) =>
    Array.from(values, (value, at) => (n[at] === 0 ? null : toJsonNumber(value)))
  return {
    n: [...n],
    min: ifFinite(min),
    max: ifFinite(max),
    max_step: Array.from(argmax, (step, at) => (n[at] === 0 ? null : step)),
    mean: ifFinite(sum.map((total, at) => total / (n[at] ?? 0))),
    last: Array.from(last, (value, at) => (buckets.total(at) === 0 ? null : toJsonNumber(value))),
    nonfinite: Array.from(nan, (count, at) => count + (inf[at] ?? 0) + (negInf[at] ?? 0)),
    nan: [...nan],
    negative_infinity: [...negInf],
  }
}
