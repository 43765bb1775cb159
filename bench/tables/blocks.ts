import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface BlocksResult extends Result {
  readonly T: number
  readonly H: number
  readonly pairs: number
  readonly rows: readonly {
    readonly cell: string
    /** The fastest step in blocks, milliseconds. */
    readonly blocks_ms: number
    /** The fastest, one time step after the other. */
    readonly steps_ms: number
    /** The time of the latter divided by that of the former: quartiles over the pairs. */
    readonly ratio: { readonly lower: number; readonly median: number; readonly upper: number }
  }[]
}

export function blocksTable({ T, H, pairs, rows }: BlocksResult): string {
  return table(
    ['cell', 'T', 'N', 'H', 'pairs', 'one after the other, ms', 'in blocks, ms', 'times faster (quartiles)'],
    rows.map(({ cell, blocks_ms, steps_ms, ratio: { lower, median, upper } }) => [
      cell,
      String(T),
      '1',
      String(H),
      String(pairs),
      digits(steps_ms),
      digits(blocks_ms),
      `${median.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})`,
    ]),
  )
}
