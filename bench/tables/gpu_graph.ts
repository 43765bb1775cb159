import type { Case } from '../char_model.ts'
import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface GpuGraphResult extends Result {
  readonly rows: readonly {
    readonly cell: Case['cell']
    /** Time steps. */
    readonly T: number
    /** Of the graph of a step. */
    readonly operations: number
    /** The graph as it is handed to TensorFlow. */
    readonly kib: number
    /** Writing the graph. */
    readonly write_ms: number
    /** Writing and compiling the graph, and the first step. */
    readonly start_ms: number
    /** Median of a step. */
    readonly median_ms: number
  }[]
}

export function gpuGraphTable({ rows }: GpuGraphResult): string {
  return table(
    ['cell', 'T', 'operations', 'graph, KiB', 'written in, ms', 'start, ms', 'less a step, ms', 'step, ms'],
    rows.map(({ cell, T, operations, kib, write_ms, start_ms, median_ms }) => [
      cell,
      T.toLocaleString('en'),
      operations.toLocaleString('en'),
      String(kib),
      digits(write_ms),
      String(start_ms),
      digits(Math.max(0, start_ms - median_ms)),
      digits(median_ms),
    ]),
  )
}
