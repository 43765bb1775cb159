import type { Result } from '../results.ts'
import { digits, surcharge, table } from './markdown.ts'

export interface PipelineResult extends Result {
  /** How it was run, a sentence. */
  readonly note: string
  readonly rows: readonly {
    readonly size: string
    /** Of a row. */
    readonly series: number
    /** Pairs of runs. */
    readonly rounds: number
    /** Median of a step, milliseconds. */
    readonly ms: { readonly off: number; readonly on: number }
    /** A step that is observed to one that is not, median of the pairs. */
    readonly ratio: number
    /** The least and the greatest of them. */
    readonly spread: readonly number[]
  }[]
}

export function pipelineTable({ rows }: PipelineResult): string {
  return table(
    ['size', 'series', 'unobserved, ms', 'observed, ms', 'cost', 'pairs'],
    rows.map(({ size, series, ms, ratio, spread }) => [
      size,
      String(series),
      digits(ms.off),
      digits(ms.on),
      surcharge(ratio),
      spread.map(surcharge).join(' to '),
    ]),
  )
}
