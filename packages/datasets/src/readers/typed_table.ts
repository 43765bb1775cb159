import { isList } from '../columns/column.ts'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { withFirst } from './first_rows.ts'
import { TYPED, type Opened, type Reading } from './reader.ts'
import { shapeOfTable, type Row } from './table.ts'
import { tableSequences } from './table_sequences.ts'

/** All rows of a batch or group at once would take far more memory than its columns. */
const ROWS_AT_ONCE = 1024

/** The rows of some columns, a thousand at a time. @param line of the first @param columns each reads its cell of a row */
export function* makeRows(
  count: number,
  line: number,
  columns: readonly ((row: number) => unknown)[],
): Generator<Row[]> {
  for (let start = 0; start < count; start += ROWS_AT_ONCE)
    yield Array.from({ length: Math.min(ROWS_AT_ONCE, count - start) }, (_, at) => ({
      line: line + start + at,
      cells: columns.map((read) => read(start + at)),
    }))
}

/**
 * The sequences of a table whose cells have types. Where some cells are lists, a row is a sequence; else it is one as in
 * CSV, by the columns.
 */
export async function openTypedTable(
  names: readonly string[],
  batches: AsyncIterable<Row[]>,
  reading: Reading,
): Promise<Opened> {
  const { first, all } = await withFirst(batches)
  const hasLists = first.some(({ cells }) => cells.some(isList))
  if (hasLists) return { sequences: rowSequences(names, all), rules: TYPED, isLong: false }
  const shape = shapeOfTable(first, names, { options: reading.options, faults: reading.faults, rules: TYPED })
  return { ...tableSequences(all, shape, TYPED, reading), rules: TYPED }
}

async function* rowSequences(names: readonly string[], batches: AsyncIterable<Row[]>): RawSequences {
  for await (const rows of batches) yield rows.map((row) => toSequence(names, row))
}

function toSequence(names: readonly string[], { line, cells }: Row): RawSequence {
  const values: Record<string, unknown> = {}
  for (const [at, name] of names.entries()) if (name !== '__index_level_0__') values[name] = cells[at]
  return { values, findPlace: (name) => placeIn(names, name, line) }
}

function placeIn(names: readonly string[], name: string, line: number): { line: number; column?: number } {
  const at = names.indexOf(name)
  return { line, ...(at >= 0 && { column: at + 1 }) }
}
