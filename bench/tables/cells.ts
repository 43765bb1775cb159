import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface CellsResult extends Result {
  readonly rows: readonly {
    readonly cell: string
    readonly parameters: number
    /** Median of a step by engine, milliseconds. */
    readonly ms: Readonly<Record<string, number>>
    /** To lstm, by engine. */
    readonly ratio: Readonly<Record<string, number>>
  }[]
}

export function cellsTable({ rows }: CellsResult): string {
  const engines = Object.keys(rows[0]?.ms ?? {})
  return table(
    ['cell', 'parameters', ...engines.flatMap((engine) => [`${engine}, ms`, 'to lstm'])],
    rows.map(({ cell, parameters, ms, ratio }) => [
      cell,
      parameters.toLocaleString('en'),
      ...engines.flatMap((engine) => [digits(ms[engine] ?? NaN), digits(ratio[engine] ?? NaN)]),
    ]),
  )
}
