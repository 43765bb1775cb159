import { decimalIn, delimiterIn, isHeader } from './dialect.ts'
import { withFirst } from './first_rows.ts'
import type { Opened, Reading, StreamReader } from './reader.ts'
import { readRows } from './rows.ts'
import { shapeOfTable, type Row, type TableShape } from './table.ts'
import { tableSequences } from './table_sequences.ts'

/** Reads CSV, or what has another delimiter: a row is a sequence (wide) or a step of one (long). */
export function delimitedReader(usual?: string): StreamReader {
  return async (source, reading) => {
    const { options, faults } = reading
    let delimiter = options.delimiter ?? usual ?? ','
    const findDelimiter = (text: string) => (delimiter = options.delimiter ?? usual ?? delimiterIn(text))
    const { first, all } = await withFirst(readRows(source, findDelimiter, faults))
    const decimal = options.decimal ?? decimalIn(first, delimiter)
    const [top] = first
    const hasHeader = top !== undefined && (options.header ?? isHeader(top, decimal))
    const header = hasHeader ? top.cells.map((cell) => cell.trim()) : undefined
    const body = first.filter((row) => !hasHeader || !isSame(row, top))
    const rules = { isUntyped: true, decimal }
    const shape = shapeOfTable(body, header, { options, faults, rules })
    const rows = bodyRows(all, hasHeader ? top : undefined, shape, reading)
    return { ...tableSequences(rows, shape, rules, reading), rules } satisfies Opened
  }
}

/** Rows without the header, wherever it stands: files that were joined have it again. */
async function* bodyRows(
  all: AsyncIterable<Row<string>[]>,
  header: Row<string> | undefined,
  { width }: TableShape,
  { faults }: Reading,
): AsyncGenerator<Row<string>[]> {
  for await (const rows of all) {
    yield rows.filter((row) => {
      if (header !== undefined && isSame(row, header)) return false
      if (row.cells.length === width) return true
      const wanted = `Must have ${width} cells, as the first line has`
      const column = Math.min(row.cells.length, width) + 1
      faults.tell(() => ({
        place: { line: row.line, column },
        field: '',
        wanted: `${wanted}: it has ${row.cells.length}`,
      }))
      return false
    })
  }
}

function isSame({ cells }: Row, other: Row): boolean {
  return cells.length === other.cells.length && cells.every((cell, at) => cell === other.cells[at])
}
