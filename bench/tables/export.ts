import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface ExportResult extends Result {
  /** T. */
  readonly steps: number
  readonly rows: readonly {
    readonly batch: number
    /** Median milliseconds of one run of the file of each. */
    readonly unroll_ms: number
    readonly torch_ms: number
    /** Of what both answer. */
    readonly largest_difference: number
  }[]
}

export function exportTable({ rows, steps }: ExportResult): string {
  const body = table(
    ['sequences', 'Unroll (ms)', "PyTorch's export (ms)", 'speed of Unroll to it', 'largest difference'],
    rows.map(({ batch, unroll_ms: ours, torch_ms: theirs, largest_difference: difference }) => [
      String(batch),
      digits(ours),
      digits(theirs),
      digits(theirs / ours),
      difference.toExponential(1),
    ]),
  )
  return `lstm of 2 layers, H 128, T ${steps}, in onnxruntime.\n\n${body}`
}
