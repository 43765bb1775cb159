import type { Figure, Row, Rule } from '../learning/row.ts'
import type { RowResult } from '../learning/train_row.ts'
import { findResult, judge, readValues, type Results } from '../learning/verdict.ts'
import type { Result } from '../results.ts'
import { median } from '../timing.ts'
import { table } from './markdown.ts'

export interface LearningResult extends Result {
  /** By the name of the row. */
  readonly rows: Readonly<Record<string, RowResult>>
  /** Of the newest run of all rows in one piece: its time, and that of its worker and jobs on processors. */
  readonly whole?: { readonly seconds: number; readonly processor_seconds: number }
}

const HEAD = ['row', 'figure', 'wanted', 'ours: median (worst … best)', 'published', '', 's']
const NAMES = 6

/** All rows, a line for each figure. */
export function learningTable(rows: readonly Row[], results: Results): string {
  return table(
    HEAD,
    rows.flatMap((row) => listLines(row, results)),
    NAMES,
  )
}

/** One row. */
export function rowTable(row: Row, results: Results): string {
  return table(HEAD, listLines(row, results), NAMES)
}

function listLines(row: Row, results: Results): string[][] {
  const result = findResult(row, results)
  return row.figures.map((figure, place) => [
    place === 0 ? row.title : '',
    figure.name,
    describeRule(figure.rule, row.seeds),
    result === undefined ? '' : describeValues(figure, readValues(result, place)),
    `${figure.published} (${figure.source})`,
    judge(row, place, results),
    place === 0 && result !== undefined ? String(result.seconds) : '',
  ])
}

function describeRule(rule: Rule, seeds: number): string {
  const seedsWanted = `${rule.of ?? seeds} of ${seeds}`
  if ('below' in rule) return `< ${rule.below}, ${seedsWanted}`
  if ('above' in rule) return `> ${rule.above}, ${seedsWanted}`
  if ('medianBelow' in rule) return `median < that of ${rule.medianBelow}`
  const { row, factor } = rule.timesMoreThan
  return `> ${factor} × the median of ${row}, ${seedsWanted}`
}

function describeValues({ rule }: Figure, values: readonly number[]): string {
  const rising = values.toSorted((a, b) => a - b)
  const [worst, best] =
    'below' in rule || 'medianBelow' in rule ? [rising.at(-1), rising[0]] : [rising[0], rising.at(-1)]
  return `${write(median(values))} (${write(worst!)} … ${write(best!)})`
}

/** Three digits, or all of an integer. */
function write(value: number): string {
  if (value === Infinity) return 'never'
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}
