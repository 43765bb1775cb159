import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

/** What the API process says of itself. */
export interface Vitals {
  readonly minute: number
  readonly rss_mib: number
  readonly open_files: number
  /** Seconds of a CPU it has used. */
  readonly cpu_seconds: number
}

export interface PollersResult extends Result {
  /** How it was run, a sentence. */
  readonly note: string
  readonly seconds: number
  readonly pollers: number
  readonly streams: number
  /** Of the machine over a minute, before the load and at its end, by all that ran on it. */
  readonly load_average: readonly [before: number, after: number]
  /** What both runs train together, where nobody watches and under the load. */
  readonly steps_per_second: readonly [alone: number, watched: number]
  readonly requests: number
  readonly errors: Readonly<Record<string, number>>
  readonly error_rate: number
  /** Polls that were due while the one before was not answered. */
  readonly late: number
  readonly ms: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly p99_by_minute: readonly number[]
  /** What 99 of 100 timers of the clients' process were late by: part of every time above. */
  readonly client_lag_p99_ms: number
  readonly bytes_per_second: number
  readonly messages: Readonly<Record<string, number>>
  readonly streams_ended: number
  readonly rows_checked: number
  readonly rows_trained: number
  readonly stalled: number
  readonly vanished: number
  /** Before the load, at each minute of it, and once its clients have gone. */
  readonly vitals: readonly Vitals[]
  readonly after: Vitals
}

export function pollersTable(result: PollersResult): string {
  const { ms, vitals, after, seconds } = result
  const load = vitals.slice(1)
  const memory = vitals.map(({ rss_mib }) => rss_mib)
  const cpu = ((load.at(-1)?.cpu_seconds ?? 0) - (vitals[0]?.cpu_seconds ?? 0)) / seconds
  return table(
    ['', ''],
    [
      ['polls answered', `${result.requests.toLocaleString('en')} (${digits(result.requests / seconds)} a second)`],
      ['errors', String(Object.values(result.errors).reduce((sum, count) => sum + count, 0))],
      [
        'time of a poll: median, 99th percentile, maximum',
        `${digits(ms.p50)}, ${digits(ms.p99)}, ${digits(ms.max)} ms`,
      ],
      [
        'messages of streams',
        Object.values(result.messages)
          .reduce((sum, count) => sum + count, 0)
          .toLocaleString('en'),
      ],
      ['streams that received the end', `${result.streams_ended} of ${result.streams}`],
      ['checked rows, none missing or repeated', result.rows_checked.toLocaleString('en')],
      [
        'steps a second of both runs, without clients and under the load',
        result.steps_per_second.map(digits).join(', '),
      ],
      ['CPU of the API process', `${Math.round(100 * cpu)} % of a core`],
      ['memory of the API process, before and at each minute', `${memory.join(', ')} MiB`],
      [
        'its open files before, under load, after',
        `${vitals[0]?.open_files}, ${load.at(-1)?.open_files}, ${after.open_files}`,
      ],
    ],
    1,
  )
}
