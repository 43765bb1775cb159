import type { Result } from '../results.ts'
import { table } from './markdown.ts'

/** Milliseconds from sending a job until … */
export interface Stages {
  /** … it was answered with 201: it is on the disk of Redis. */
  readonly accepted: number
  /** … a worker took it, by the clock of Redis and from its being written there. */
  readonly claimed: number
  /** … its child trains, by the same clock. */
  readonly running: number
  /** … a poll had its first row. */
  readonly row: number
}

export interface FirstRowResult extends Result {
  /** How it was run, a sentence. */
  readonly note: string
  /** What the worker computed with. */
  readonly engine: string
  readonly jobs: number
  readonly shapes: number
  readonly ms: Readonly<Record<keyof Stages, { readonly median: number; readonly p95: number; readonly max: number }>>
}

const STAGES: Readonly<Record<keyof Stages, string>> = {
  accepted: 'response 201: the job is on disk',
  claimed: 'claimed by the worker',
  running: 'start of training in its child',
  row: 'its first row in a poll',
}

export function firstRowTable({ ms }: FirstRowResult): string {
  return table(
    ['milliseconds from the request to', 'median', '95th percentile', 'maximum'],
    Object.entries(STAGES).map(([stage, name]) => {
      const { median, p95, max } = ms[stage as keyof Stages]
      return [name, String(median), String(p95), String(max)]
    }),
  )
}
