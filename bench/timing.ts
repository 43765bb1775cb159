import type { Ratio } from './tables/observe.ts'

/** The times of two that are compared, milliseconds. */
export type TimedPair = readonly [one: number, other: number]

/** Milliseconds that each of `count` calls takes, one after the other. */
export async function timed(call: () => Promise<unknown>, count: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let done = 0; done < count; done++) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  return times
}

/**
 * The times of two that are compared, pair by pair; which goes first changes from pair to pair.
 *
 * @param one gives its own time, as does `other`
 */
export async function timePairs(
  one: () => Promise<number>,
  other: () => Promise<number>,
  pairs: number,
): Promise<readonly TimedPair[]> {
  const times: [number, number][] = []
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) times.push([await one(), await other()])
    else {
      const first = await other()
      times.push([await one(), first])
    }
  }
  return times
}

/** The time of one divided by that of the other: quartiles over the pairs. */
export function divideTimes(pairs: readonly TimedPair[]): Ratio {
  const ratios = pairs.map(([one, other]) => one / other)
  const at = (share: number) => rounded(quantile(ratios, share), 4)
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) }
}

/** The value that a share of the values lies below, counted as the peers count: no value between two is made up. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
}

/** The upper one of the two in the middle, as the peers count. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
