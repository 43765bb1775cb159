import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface GenerateResult extends Result {
  /** H. */
  readonly hidden: number
  /** Characters. */
  readonly written: number
  readonly first_ms: number
  readonly seconds: number
  /** The most memory of the process within the first tenth, and in all. */
  readonly warm_mib: number
  readonly most_mib: number
}

export function generateTable({ hidden, written, first_ms, seconds, warm_mib, most_mib }: GenerateResult): string {
  return table(
    ['lstm, H', 'characters', 'first, ms', 'seconds', 'characters/s', 'first tenth, MiB', 'whole, MiB'],
    [
      [
        String(hidden),
        written.toLocaleString('en'),
        digits(first_ms),
        digits(seconds),
        digits(written / seconds),
        digits(warm_mib),
        digits(most_mib),
      ],
    ],
  )
}
