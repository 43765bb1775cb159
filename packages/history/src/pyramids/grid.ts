/** First and last of consecutive positions, such as steps, from 1. */
export interface Range {
  from: number
  to: number
}

/**
 * Positions in buckets of equal width: bucket b has b·width + 1 … (b + 1)·width. These are buckets `first` … `first +
 * count - 1`.
 */
export interface Grid {
  width: number
  first: number
  count: number
}

/** The bucket of a position. */
export function findBucket(place: number, width: number): number {
  return Math.floor((place - 1) / width)
}

/** The whole buckets that cover a range. */
export function coverRange({ from, to }: Range, width: number): Grid {
  const first = findBucket(from, width)
  return { width, first, count: findBucket(to, width) - first + 1 }
}

/** The smallest power of two that gives at most `maxBuckets`. */
export function widthFor(range: Range, maxBuckets: number): number {
  let width = 1
  while (coverRange(range, width).count > maxBuckets) width *= 2
  return width
}

/** The first position of each bucket. */
export function firstPlaces({ width, first, count }: Grid): number[] {
  return Array.from({ length: count }, (_, bucket) => (first + bucket) * width + 1)
}
