import { RecordBatchReader } from 'apache-arrow'
import { cellReader } from '../readers/arrow_cells.ts'
import { registerCodecs } from '../readers/arrow_codecs.ts'
import { UnpackedRoom } from '../readers/unpacked_room.ts'

/** A row of a table by the names of its columns: numbers, texts and lists as in JSON, null where nothing is. */
export type ArrowRow = Record<string, unknown>

/**
 * The rows of a table in Arrow IPC, a file or a stream.
 *
 * @param mostRows more are refused
 * @throws {Error} where it is no such table
 */
export function decodeRows(bytes: Uint8Array, mostRows: number = Infinity): ArrowRow[] {
  const room = new UnpackedRoom()
  registerCodecs(room)
  const rows: ArrowRow[] = []
  for (const batch of RecordBatchReader.from(bytes)) {
    const { fields } = batch.schema
    const columns = fields.map((field, at) => ({ name: field.name, read: cellReader(field, batch.data.children[at]!) }))
    if (rows.length + batch.numRows > mostRows) throw new RangeError(`it has more than ${mostRows} rows`)
    for (let row = 0; row < batch.numRows; row++)
      rows.push(Object.fromEntries(columns.map(({ name, read }) => [name, toPlain(read(row))])))
    room.clear()
  }
  return rows
}

/** Lists as arrays, a number that is not there as null. */
function toPlain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value, (each) => (Number.isNaN(each) ? null : each))
  return Array.isArray(value) ? value.map(toPlain) : value
}
