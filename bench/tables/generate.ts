import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface GenerateResult extends Result {
  /** H. */
  readonly hidden: number
  /** Characters. */
  readonly written: number
  readonly first_ms: number
  readonly seconds: number
  /** The most memory of the process within each tenth of the text. */
  readonly tenths_mib: readonly number[]
}

/** The share by which memory may grow from the second tenth to the last. V8 collects its old garbage for the first time after some 35,000 characters: of a shorter text memory grows until then. */
const FLAT = 0.05

export function generateTable({ hidden, written, first_ms, seconds, tenths_mib }: GenerateResult): string {
  const [warm, last] = [tenths_mib[1]!, tenths_mib.at(-1)!]
  const growth = last / warm - 1
  return table(
    ['lstm, H', 'characters', 'first, ms', 'seconds', 'characters/s', 'second tenth, MiB', 'last, MiB', 'memory'],
    [
      [
        String(hidden),
        written.toLocaleString('en'),
        digits(first_ms),
        digits(seconds),
        digits(written / seconds),
        digits(warm),
        digits(last),
        growth <= FLAT ? 'flat' : `grows by ${digits(growth * 100)} %`,
      ],
    ],
  )
}
