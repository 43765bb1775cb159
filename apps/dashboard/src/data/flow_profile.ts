import type { Table } from './columns.ts'
import { MISSING, type FlowGrid } from './flow_rows.ts'

/**
 * One row of a grid as a table over time steps, each line at its first time step: the norms, in column `norm`. An exact
 * zero is 0.
 */
export function flowProfile({ steps, lines: { from, width, count }, values }: FlowGrid, row: number): Table {
  const length = row >= 0 && row < steps.length ? count : 0
  const logs = values.subarray(Math.max(0, row) * count, Math.max(0, row) * count + length)
  return {
    steps: Float64Array.from({ length }, (_, line) => from + line * width),
    columns: new Map([
      [
        'norm',
        {
          values: Float64Array.from(logs, (log10Norm) => 10 ** log10Norm),
          present: Uint8Array.from(logs, (log10Norm) => (log10Norm === MISSING ? 0 : 1)),
        },
      ],
    ]),
  }
}
