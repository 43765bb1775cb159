// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { Column, Table } from './columns.ts'
import { copyRow, emptySpread } from './spread.ts'

/** One series of one run. */
export interface RunSeries {
  /** Name of the column it becomes. */
  readonly name: string
  readonly steps: Float64Array
  readonly column: Column
}

/** Series of several runs in one table: a row for each step that any of them has. */
export function mergeSeries(parts: readonly RunSeries[]): Table {
  const steps = Float64Array.from(new Set(parts.flatMap((part) => [...part.steps]))).toSorted()
  return { steps, columns: new Map(parts.map((part) => [part.name, overSteps(part, steps)])) }
}

/** A column extended to more steps, at which nothing is present. */
function overSteps(part: RunSeries, steps: Float64Array): Column {
  const values = new Float64Array(steps.length)
  const present = new Uint8Array(steps.length)
  const { spread: own } = part.column
  const spread = own && emptySpread(steps.length)
  let row = 0
  for (const [at, step] of steps.entries()) {
    if (part.steps[row] !== step) continue
    values[at] = part.column.values[row]!
    present[at] = part.column.present[row]!
    if (own !== undefined && spread !== undefined) copyRow(own, row, spread, at)
    row += 1
  }
  return { values, present, ...(spread && { spread }) }
}
