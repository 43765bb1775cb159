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
