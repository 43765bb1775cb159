import type { Result } from '../results.ts'
import { table } from './markdown.ts'

/** Milliseconds of a call. */
export interface CallTimes {
  /** In the process that computes. */
  readonly here: number
  /** Over HTTP, from sending to having read the answer. */
  readonly median: number
  readonly p95: number
}

export interface SessionsResult extends Result {
  /** How it was run, a sentence. */
  readonly note: string
  readonly engine: string
  readonly steps: number
  /** The whole step of a job, in the process that computes. */
  readonly step_ms: number
  readonly calls: Readonly<Record<'forward_backward' | 'optim_step', CallTimes>>
}

export function sessionsTable({ calls, step_ms: step }: SessionsResult): string {
  const rows = Object.entries(calls).map(([call, { here, median, p95 }]) => [
    call,
    ...[here, median, median - here, p95].map(inMs),
  ])
  const sum = (of: keyof CallTimes): number => calls.forward_backward[of] + calls.optim_step[of]
  const both = ['both, beside the step of a job', inMs(step), inMs(sum('median')), inMs(sum('median') - step), '']
  return table(['call', 'computed, ms', 'round trip, ms', 'more, ms', '95th percentile, ms'], [...rows, both])
}

function inMs(ms: number): string {
  return ms.toFixed(2)
}
