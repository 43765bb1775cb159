import { RecordBatchReader, type Data } from 'apache-arrow'
import { cellReader } from '../readers/arrow_cells.ts'
import { registerCodecs } from '../readers/arrow_codecs.ts'
import { UnpackedRoom } from '../readers/unpacked_room.ts'

/** A row of a table by the names of its columns: numbers, texts and lists as in JSON, null where nothing is. */
export type ArrowRow = Record<string, unknown>

/** What a table may have. */
export interface TableBounds {
  /** @default any number */
  rows?: number
  /** Numbers and texts of all cells and lists: small ones take much more memory as a row than in the table. @default any number */
  values?: number
}

/**
 * The rows of a table in Arrow IPC, a file or a stream.
 *
 * @param bounds tables beyond them are refused before their rows are made
 * @throws {Error} where it is no such table
 */
export function decodeRows(
  bytes: Uint8Array,
  { rows: mostRows = Infinity, values = Infinity }: TableBounds = {},
): ArrowRow[] {
  const room = new UnpackedRoom()
  registerCodecs(room)
  const rows: ArrowRow[] = []
  let counted = 0
  for (const batch of RecordBatchReader.from(bytes)) {
    const { fields } = batch.schema
    counted += countValues(batch.data)
    if (counted > values) throw new RangeError(`it has more than ${values} values`)
    const columns = fields.map((field, at) => ({ name: field.name, read: cellReader(field, batch.data.children[at]!) }))
    if (rows.length + batch.numRows > mostRows) throw new RangeError(`it has more than ${mostRows} rows`)
    for (let row = 0; row < batch.numRows; row++)
      rows.push(Object.fromEntries(columns.map(({ name, read }) => [name, toPlain(read(row))])))
    room.clear()
  }
  return rows
}

/** Values of a column and, where it has some, of the columns within it. */
function countValues({ length, children }: Data): number {
  return children.length === 0 ? length : children.reduce((sum, child) => sum + countValues(child), 0)
}

/** Lists as arrays, a number that is not there as null. */
function toPlain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value, (each) => (Number.isNaN(each) ? null : each))
  return Array.isArray(value) ? value.map(toPlain) : value
}
