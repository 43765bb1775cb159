import type { Result } from '../results.ts'
import { digits, surcharge, table } from './markdown.ts'
import type { Ratio } from './observe.ts'

export interface MatrixResult extends Result {
  readonly sources: number
  readonly every: number
  readonly rows: readonly {
    readonly size: string
    /** T. */
    readonly timesteps: number
    readonly pairs: number
    /** Median of a step that observes nothing, milliseconds. */
    readonly step_ms: number
    /** Time of a matrix divided by that of the step beside it. */
    readonly matrix: Ratio
    /** Time of `every` steps, one of them with a matrix, divided by that of as many without. */
    readonly run: Ratio
  }[]
}

export function matrixTable({ sources, every, rows }: MatrixResult): string {
  return table(
    ['size', 'T', 'pairs', 'step, ms', `${sources} sources, steps`, `every ${every}th step`],
    rows.map(({ size, timesteps, pairs, step_ms, matrix, run }) => [
      size,
      String(timesteps),
      String(pairs),
      digits(step_ms),
      `${digits(matrix.median)} (${digits(matrix.lower)} to ${digits(matrix.upper)})`,
      `${surcharge(run.median)} (${surcharge(run.lower)} to ${surcharge(run.upper)})`,
    ]),
  )
}
