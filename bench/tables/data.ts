import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface DataResult extends Result {
  /** A step on a data set beside one on a task of the same shapes: medians of pairs of runs. */
  readonly steps: {
    readonly engine: string
    readonly pairs: number
    readonly task_ms: number
    readonly data_ms: number
    readonly ratio: number
  }
  /** Where the data sets lie. */
  readonly kept: 'memory' | 'disk'
  readonly rows: readonly {
    readonly format: string
    readonly megabytes: number
    readonly seconds: number
    /** What its speed is compared with, over the same bytes in the same run. */
    readonly against: string
    /** Speed of the upload to that. */
    readonly ratio: number
    /** The same of a server that only hashes the bytes and writes them; absent from results of before it was measured. */
    readonly bare_ratio?: number
    /** The most memory that the API had meanwhile, MiB. */
    readonly rss_mib: number
    /** The longest that GET /livez waited meanwhile, milliseconds. */
    readonly livez_ms: number
  }[]
}

export function dataTable({ rows, steps }: DataResult): string {
  return `${uploadsTable(rows)}\n\n${stepsTable(steps)}`
}

function stepsTable({ engine, pairs, task_ms: task, data_ms: data, ratio }: DataResult['steps']): string {
  return table(
    ['engine', 'pairs', 'step on a task, ms', 'step on a data set, ms', 'ratio'],
    [[engine, String(pairs), digits(task), digits(data), ratio.toFixed(3)]],
  )
}

function uploadsTable(rows: DataResult['rows']): string {
  return table(
    ['upload', 'MB', 'MB/s', 'speed to', 'ratio', 'ratio of hash and write alone', 'API, MiB', 'longest /livez, ms'],
    rows.map(({ format, megabytes, seconds, against, ratio, bare_ratio: bare, rss_mib: rss, livez_ms: livez }) => [
      format,
      String(Math.round(megabytes)),
      digits(megabytes / seconds),
      against,
      digits(ratio),
      bare === undefined ? '–' : digits(bare),
      String(Math.round(rss)),
      digits(livez),
    ]),
  )
}
