const BARS = '▁▂▃▄▅▆▇█'
const NOT_FINITE = '!'
const NOTHING = ' '

/**
 * Norms as a line of bars, in logarithms, as they range over many orders of magnitude. `!` is a value that is not finite;
 * of more values than `width`, each bar is the largest of its share, so that no spike is lost.
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

/** What is not finite counts as larger than all that is. */
function findLargest(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null)
  return measured.find((value) => !Number.isFinite(value)) ?? (measured.length === 0 ? null : Math.max(...measured))
}
