import type { FileHandle } from 'node:fs/promises'
import { RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow'
import { cellReader } from './arrow_cells.ts'
import { registerCodecs } from './arrow_codecs.ts'
import { readMessages } from './arrow_messages.ts'
import type { Opened, Reading } from './reader.ts'
import type { Row } from './table.ts'
import { openTypedTable } from './typed_table.ts'
import { UnpackedRoom } from './unpacked_room.ts'

const FEATHER_1 = 'FEA1'

/** Reads Arrow IPC, as a file (Feather 2 is one) or as a stream. */
export async function readArrow(file: FileHandle, reading: Reading): Promise<Opened> {
  const room = new UnpackedRoom()
  registerCodecs(room)
  const start = Buffer.alloc(FEATHER_1.length)
  await file.read(start, 0, start.length, 0)
  if (start.toString('latin1') === FEATHER_1)
    throw new Error('it is Feather version 1; pandas and pyarrow write version 2 unless told not to')
  const reader = await RecordBatchReader.from(readMessages(file))
  await reader.open()
  const schema: Schema | undefined = reader.schema
  if (schema === undefined) throw new Error('it has no message with a schema')
  const names = schema.fields.map(({ name }) => name)
  return openTypedTable(names, readRows(reader, room), reading)
}

async function* readRows(batches: AsyncIterable<RecordBatch>, room: UnpackedRoom): AsyncGenerator<Row[]> {
  let line = 0
  for await (const batch of batches) {
    room.clear()
    const cells = batch.schema.fields.map((field, at) => {
      const data = batch.data.children[at]
      return data === undefined ? () => null : cellReader(field, data)
    })
    yield Array.from({ length: batch.numRows }, (_, row) => {
      line += 1
      return { line, cells: cells.map((read) => read(row)) }
    })
  }
}
