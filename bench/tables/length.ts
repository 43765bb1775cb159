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
    /** Beyond what was resident with the engine loaded and nothing opened; absent from results of before it was measured. */
    readonly beyond_idle_mib?: number
    /** Whether each segment is gone through again on the way back, or everything is kept. */
    readonly recompute?: boolean
  }[]
}

export function lengthTable({ rows }: LengthResult): string {
  return table(
    [
      'T',
      'kept',
      'start, ms',
      'step, ms',
      'to keeping everything',
      'step / T, µs',
      'peak memory, MiB',
      'beyond idle, MiB',
    ],
    rows.map(({ T, recompute = false, start_ms, median_ms, peak_mib, beyond_idle_mib }) => [
      T.toLocaleString('en'),
      recompute ? 'states' : 'everything',
      String(start_ms),
      digits(median_ms),
      recompute ? ratio(rows, T, median_ms) : '',
      digits((1e3 * median_ms) / T),
      String(peak_mib),
      String(beyond_idle_mib ?? ''),
    ]),
    0,
  )
}

/** A step's time as a multiple of the one that keeps everything, where there is one. */
function ratio(rows: LengthResult['rows'], T: number, ms: number): string {
  const whole = rows.find((row) => row.T === T && row.recompute !== true)
  return whole === undefined ? '' : digits(ms / whole.median_ms)
}
