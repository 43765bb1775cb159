// Where the rows of a line chart are on its axis, and what they say at a place.

import type { Column } from '../data/columns.ts'
import type { StepRange } from './frame.ts'
import type { LegendValue } from './legend.ts'
import type { StepAxis } from './step_axis.ts'

/** The steps on an axis, and the shown part of it. Evenly spaced steps are their own places. */
export function placeSteps(
  steps: Float64Array,
  { from, to }: StepRange,
  axis: StepAxis | undefined,
): { places: Float64Array; from: number; to: number } {
  if (axis === undefined) return { places: steps, from, to }
  return { places: steps.map(axis.toX), from: axis.toX(from), to: axis.toX(to) }
}

/** The value of a row; for a sparse series without one, the last measured value before it. */
export function readValue(
  column: Column,
  { steps, row, sparse }: { steps: Float64Array; row: number; sparse: boolean },
): LegendValue | undefined {
  const { values, present } = column
  const last = present[row] === 1 || !sparse ? row : present.lastIndexOf(1, row)
  const value = values[last]
  if (value === undefined || present[last] !== 1) return undefined
  const extremes = readExtremes(column, last)
  return { value, ...(extremes && { extremes }), ...(last < row && { measuredAt: steps[last] ?? 0 }) }
}

function readExtremes({ spread }: Column, row: number): [least: number, greatest: number] | undefined {
  if (spread === undefined || (spread.n[row] ?? 0) < 2) return undefined
  return [spread.least[row] ?? Number.NaN, spread.greatest[row] ?? Number.NaN]
}
