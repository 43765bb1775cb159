const BARS = '▁▂▃▄▅▆▇█'
const NOT_FINITE = '!'
const NOTHING = ' '

/**
 * Norms as a line of bars on a logarithmic scale, because they span many orders of magnitude. `!` is a non-finite
 * value; for more values than `width`, each bar is the largest of its part, so that no spike is lost.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shares = Math.min(width, values.length)
  const largest = Array.from({ length: shares }, (_, at) =>
    findLargest(
      values.slice(Math.floor((at * values.length) / shares), Math.floor(((at + 1) * values.length) / shares)),
    ),
  )
  const logs = largest.flatMap((value) =>
    value !== null && value > 0 && Number.isFinite(value) ? Math.log(value) : [],
  )
  const low = Math.min(...logs)
  const range = Math.max(...logs) - low
  return largest
    .map((value) => {
      if (value === null) return NOTHING
      if (!Number.isFinite(value)) return NOT_FINITE
      if (value <= 0 || range === 0) return BARS[0]
      return BARS[Math.round(((Math.log(value) - low) / range) * (BARS.length - 1))]
    })
    .join('')
}

/** A non-finite value counts as larger than every finite one. */
function findLargest(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null)
  return measured.find((value) => !Number.isFinite(value)) ?? (measured.length === 0 ? null : Math.max(...measured))
}
