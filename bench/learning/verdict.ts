// Whether a row is met: by its own values, or by those of another row that it is compared with.

import { median } from '../timing.ts'
import type { Row } from './row.ts'
import { digestRow, type RowResult } from './train_row.ts'

export type Results = Readonly<Record<string, RowResult>>
export type Verdict = 'met' | 'missed' | 'not run'

/** The result of a row as it is now; undefined where its recipe was never run. */
export function findResult(row: Row, results: Results): RowResult | undefined {
  const result = results[row.name]
  return result?.digest === digestRow(row) ? result : undefined
}

/** The values by seed of one figure of a row. */
export function readValues(result: RowResult, figure: number): number[] {
  return result.values[figure]?.map(Number) ?? []
}

/** @param figure its place in the row */
export function judge(row: Row, figure: number, results: Results): Verdict {
  const result = findResult(row, results)
  const limit = findLimit(row, figure, results)
  if (result === undefined || limit === undefined) return 'not run'
  const values = readValues(result, figure)
  const { rule } = row.figures[figure]!
  if ('medianBelow' in rule) return median(values) < limit ? 'met' : 'missed'
  const right = values.filter((value) => ('below' in rule ? value < limit : value > limit)).length
  return right >= (rule.of ?? values.length) ? 'met' : 'missed'
}

/** The number that values are held against; undefined where it is of a row without a result. */
function findLimit({ figures }: Row, figure: number, results: Results): number | undefined {
  const { rule } = figures[figure]!
  if ('below' in rule) return rule.below
  if ('above' in rule) return rule.above
  const { row, factor } = 'medianBelow' in rule ? { row: rule.medianBelow, factor: 1 } : rule.timesMoreThan
  const other = results[row]
  return other && factor * median(readValues(other, 'medianBelow' in rule ? figure : 0))
}
