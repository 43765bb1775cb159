import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface LengthResult extends Result {
  readonly rows: readonly {
    /** Time steps of a sequence. */
    readonly T: number
    /** Compiling and the first step. */
    readonly start_ms: number
    /** Median of a step. */
    readonly median_ms: number
    /** The most memory that was resident in the process. */
    readonly peak_mib: number
  }[]
}

export function lengthTable({ rows }: LengthResult): string {
  return table(
    ['T', 'start, ms', 'step, ms', 'step / T, µs', 'peak memory, MiB'],
    rows.map(({ T, start_ms, median_ms, peak_mib }) => [
      T.toLocaleString('en'),
      String(start_ms),
      digits(median_ms),
      digits((1e3 * median_ms) / T),
      String(peak_mib),
    ]),
    0,
  )
}
