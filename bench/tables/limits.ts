import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

/** Polls of a key that keeps to its limits. */
export interface PollTimes {
  readonly p50_ms: number
  readonly p99_ms: number
}

export interface LimitsResult extends Result {
  readonly seconds: number
  /** Requests a minute that the greedy key may send; it sends twice as many. */
  readonly limit: number
  /** Requests of it that were answered in one window. */
  readonly answered: number
  /** Of the other key: alone, beside the greedy key, and beside those who hold connections. */
  readonly polls: Readonly<Record<'quiet' | 'greedy' | 'held', PollTimes>>
  /** Milliseconds from the end of the window until the greedy key is answered again. */
  readonly recovery_ms: number
  /** Of the API process, in MiB: before, during and after the held connections. */
  readonly rss_mib: readonly [before: number, during: number, after: number]
  readonly held: Readonly<Record<'idle' | 'slowBodies' | 'unread', number>>
}

export function limitsTable({
  limit,
  answered,
  polls,
  recovery_ms: recovery,
  rss_mib: rss,
  held,
}: LimitsResult): string {
  const { quiet, greedy, held: beside } = polls
  const ratio = (times: PollTimes) => (times.p99_ms / quiet.p99_ms).toFixed(2)
  return table(
    ['another key polls', 'p50, ms', 'p99, ms', 'p99 to quiet', 'what was held'],
    [
      ['alone', digits(quiet.p50_ms), digits(quiet.p99_ms), '1', ''],
      [
        `beside a key at twice its ${limit} requests a minute`,
        digits(greedy.p50_ms),
        digits(greedy.p99_ms),
        ratio(greedy),
        `${answered} answered in its window, the next ${digits(recovery)} ms after it`,
      ],
      [
        `beside ${held.idle} idle connections, ${held.slowBodies} slow bodies, ${held.unread} unread streams`,
        digits(beside.p50_ms),
        digits(beside.p99_ms),
        ratio(beside),
        `RSS ${rss.map((mib) => digits(mib)).join(', ')} MiB before, during, after`,
      ],
    ],
  )
}
