/** How many values are in each bucket: `edges` are the upper ends. */
export interface Histogram {
  min: number
  max: number
  count: number
  sum: number
  squares: number
  edges: number[]
  counts: number[]
}

const BUCKETS = 30

/** Of the finite values, in 30 buckets of equal width as TensorFlow has them; undefined without any. */
export function countHistogram(values: readonly number[]): Histogram | undefined {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return undefined
  const min = finite.reduce((least, value) => Math.min(least, value))
  const max = finite.reduce((most, value) => Math.max(most, value))
  const counts = Array.from({ length: min === max ? 1 : BUCKETS }, () => 0)
  const width = (max - min) / counts.length
  for (const value of finite)
    counts[Math.min(counts.length - 1, width === 0 ? 0 : Math.floor((value - min) / width))]! += 1
  return {
    min,
    max,
    count: finite.length,
    sum: finite.reduce((sum, value) => sum + value, 0),
    squares: finite.reduce((sum, value) => sum + value * value, 0),
    edges: counts.map((_, bucket) => (bucket === counts.length - 1 ? max : min + width * (bucket + 1))),
    counts,
  }
}
