import type { Result } from '../results.ts'
import { digits, surcharge, table } from './markdown.ts'

export interface PipelineResult extends Result {
  /** How it was run, a sentence. */
  readonly note: string
  readonly rows: readonly {
    readonly size: string
    /** Of a row. */
    readonly series: number
    /** Stretches of steps of each kind. */
    readonly stretches: number
    /** Median of a step, milliseconds. */
    readonly ms: { readonly off: number; readonly on: number }
    /** A step that is observed to one that is not. */
    readonly ratio: number
  }[]
}

export function pipelineTable({ rows }: PipelineResult): string {
  return table(
    ['size', 'series', 'unobserved, ms', 'observed, ms', 'cost'],
    rows.map(({ size, series, ms, ratio }) => [size, String(series), digits(ms.off), digits(ms.on), surcharge(ratio)]),
  )
}
