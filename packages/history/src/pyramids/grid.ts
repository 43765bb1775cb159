/** First and last of consecutive places, such as steps, which count from 1. */
export interface Range {
  from: number
  to: number
}

/** Places in buckets of a width: bucket b has b·width + 1 … (b + 1)·width. These are buckets `first` … `first + count - 1`. */
export interface Grid {
  width: number
  first: number
  count: number
}

/** The bucket that has a place. */
export function findBucket(place: number, width: number): number {
  return Math.floor((place - 1) / width)
}

/** The buckets that have the places of a range, whole. */
export function coverRange({ from, to }: Range, width: number): Grid {
  const first = findBucket(from, width)
  return { width, first, count: findBucket(to, width) - first + 1 }
}

/** The least power of two that gives at most `maxBuckets`. */
export function widthFor(range: Range, maxBuckets: number): number {
  let width = 1
  while (coverRange(range, width).count > maxBuckets) width *= 2
  return width
}

/** The first place of each bucket. */
export function firstPlaces({ width, first, count }: Grid): number[] {
  return Array.from({ length: count }, (_, bucket) => (first + bucket) * width + 1)
}
