import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface DataResult extends Result {
  readonly rows: readonly {
    readonly format: string
    readonly megabytes: number
    readonly seconds: number
    /** What its speed is compared with, over the same bytes in the same run. */
    readonly against: string
    /** Speed of the upload to that. */
    readonly ratio: number
    /** The most memory that the API had meanwhile, MiB. */
    readonly rss_mib: number
    /** The longest that GET /livez waited meanwhile, milliseconds. */
    readonly livez_ms: number
  }[]
}

export function dataTable({ rows }: DataResult): string {
  return table(
    ['upload', 'MB', 'MB/s', 'speed to', 'ratio', 'API, MiB', 'longest /livez, ms'],
    rows.map(({ format, megabytes, seconds, against, ratio, rss_mib: rss, livez_ms: livez }) => [
      format,
      String(Math.round(megabytes)),
      digits(megabytes / seconds),
      against,
      digits(ratio),
      String(Math.round(rss)),
      digits(livez),
    ]),
  )
}
