import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface CellsResult extends Result {
  readonly rows: readonly {
    readonly cell: string
    readonly parameters: number
    /** Median of a step by engine, milliseconds. */
    readonly ms: Readonly<Record<string, number>>
    /** To lstm, by engine: median over rounds in which each takes a step. */
    readonly ratio: Readonly<Record<string, number>>
  }[]
  /** Those that a cell has. */
  readonly options: readonly {
    readonly cell: string
    readonly option: string
    readonly engine: string
    /** Of a step to that of the same cell without the option: median over rounds in which each takes a step. */
    readonly ratio: number
  }[]
}

export function cellsTable({ rows, options }: CellsResult): string {
  const engines = Object.keys(rows[0]?.ms ?? {})
  const cells = table(
    ['cell', 'parameters', ...engines.flatMap((engine) => [`${engine}, ms`, 'to lstm'])],
    rows.map(({ cell, parameters, ms, ratio }) => [
      cell,
      parameters.toLocaleString('en'),
      ...engines.flatMap((engine) => [digits(ms[engine] ?? NaN), digits(ratio[engine] ?? NaN)]),
    ]),
  )
  return [cells, ...engines.flatMap((engine) => optionsTable(options, engine) ?? [])].join('\n\n')
}

/** A row for each option and a column for each cell; a dash where the cell refuses the option. */
function optionsTable(options: CellsResult['options'], engine: string): string | undefined {
  const own = options.filter((row) => row.engine === engine)
  if (own.length === 0) return undefined
  const cells = [...new Set(own.map(({ cell }) => cell))]
  const names = [...new Set(own.map(({ option }) => option))]
  const find = (option: string, name: string): number | undefined =>
    own.find((row) => row.option === option && row.cell === name)?.ratio
  return table(
    [`${engine}: step to that without`, ...cells],
    names.map((option) => [option, ...cells.map((cell) => formatRatio(find(option, cell)))]),
  )
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? '–' : digits(ratio)
}
