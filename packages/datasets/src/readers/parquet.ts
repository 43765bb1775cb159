import type { FileHandle } from 'node:fs/promises'
import { Message, type Schema } from 'apache-arrow'
import { parquetRead, type FileMetaData } from 'hyparquet'
import { isList } from '../columns/column.ts'
import { inRows, tensorSteps } from './arrow_cells.ts'
import { MESSAGE } from './arrow_metadata.ts'
import { checkFlatbuffer } from './flatbuffer.ts'
import { keepCells, type Cells } from './parquet/cells.ts'
import { readBytes, readFooter, type Chunk, type Column, type Footer, type Group } from './parquet/footer.ts'
import { HeapRoom } from './parquet/heap_room.ts'
import { joinParts, unpackPages, type Rooms } from './parquet/pages.ts'
import type { Opened, Reading } from './reader.ts'
import type { Row } from './table.ts'
import { makeRows, openTypedTable } from './typed_table.ts'
import { UnpackedRoom } from './unpacked_room.ts'

/** What stands before a message in the Arrow schema: a mark and its length. */
const PREFIX_BYTES = 8

/** Reads Parquet: its footer and pages are checked before the library reads any of them, as it does not come back from some damaged ones. */
export async function readParquet(file: FileHandle, reading: Reading): Promise<Opened> {
  const footer = await readFooter(file)
  const names = footer.columns.map(({ name }) => name)
  const unpacked = new UnpackedRoom(reading.options.maxUnpackedBytes)
  return openTypedTable(names, readRows(file, footer, unpacked), reading)
}

async function* readRows(
  file: FileHandle,
  { columns, groups, pairs }: Footer,
  unpacked: UnpackedRoom,
): AsyncGenerator<Row[]> {
  const steps = tensorColumns(pairs)
  let line = 1
  for (const [nth, group] of groups.entries()) {
    const cells = await readGroup(file, columns, { group, nth, unpacked })
    const readers = cells.map(({ read }, at) => {
      const stepsOfTensor = steps.get(columns[at]?.name ?? '')
      return (row: number) => toCell(read(row), stepsOfTensor)
    })
    yield* makeRows(group.rows, line, readers)
    line += group.rows
  }
}

/** The cells of each column in a row group. @param given.nth of the group, from 0 */
async function readGroup(
  file: FileHandle,
  columns: readonly Column[],
  { group, nth, unpacked }: { group: Group; nth: number; unpacked: UnpackedRoom },
): Promise<Cells[]> {
  unpacked.clear()
  const heap = new HeapRoom()
  const cells: Cells[] = []
  for (const [at, column] of columns.entries()) {
    const { taken } = heap
    const given = { chunks: group.chunks[at] ?? [], rows: group.rows, rooms: { unpacked, heap } }
    const kept = await readColumn(file, column, given).catch(tellPlace(`column ${column.name} in row group ${nth + 1}`))
    if (kept.isNumeric) heap.free(taken)
    cells.push(kept)
  }
  return cells
}

/** The cells of a column in all rows of a group. */
async function readColumn(
  handle: FileHandle,
  { elements }: Column,
  { chunks, rows, rooms }: { chunks: readonly Chunk[]; rows: number; rooms: Rooms },
): Promise<Cells> {
  const parts: Uint8Array[] = []
  const starts = [0]
  for (const chunk of chunks) {
    const pages = unpackPages(await readBytes(handle, chunk.at, chunk.bytes), chunk, rows, rooms)
    starts.push(pages.reduce((sum, { length }) => sum + length, starts.at(-1) ?? 0))
    for (const page of pages) parts.push(page)
  }
  const { buffer } = joinParts(parts)
  const file = {
    byteLength: buffer.byteLength,
    slice: (start: number, end = buffer.byteLength) =>
      start === 0 && end === buffer.byteLength ? buffer : buffer.slice(start, end),
  }
  const metadata = describeChunks(elements, chunks, { rows, starts })
  const read: ArrayLike<unknown>[] = []
  await parquetRead({ file, metadata, onChunk: ({ columnData }) => void read.push(columnData) })
  const count = read.reduce((sum, { length }) => sum + length, 0)
  if (count !== rows) throw new Error(`it has ${count} cells, and there are ${rows} rows`)
  return keepCells(read, rows)
}

/** The metadata of a file with the unpacked pages of one column of one row group alone. @param starts of its chunks, and where the last ends */
function describeChunks(
  elements: Column['elements'],
  chunks: readonly Chunk[],
  { rows, starts }: { rows: number; starts: readonly number[] },
): FileMetaData {
  const columns = chunks.map(({ leaf, values }, nth) => {
    const [start = 0, end = 0] = starts.slice(nth)
    return {
      file_offset: 0n,
      meta_data: {
        type: leaf.type,
        encodings: [],
        path_in_schema: [...leaf.path],
        codec: 'UNCOMPRESSED' as const,
        num_values: BigInt(values),
        total_uncompressed_size: BigInt(end - start),
        total_compressed_size: BigInt(end - start),
        data_page_offset: BigInt(start),
      },
    }
  })
  const groups = [{ columns, total_byte_size: BigInt(starts.at(-1) ?? 0), num_rows: BigInt(rows) }]
  const schema = [{ name: 'schema', num_children: 1 }, ...elements]
  return { version: 1, schema, num_rows: BigInt(rows), row_groups: groups, metadata_length: 0 }
}

function tellPlace(place: string): (cause: Error) => never {
  return (cause) => {
    throw new Error(`${place}: ${cause.message}`, { cause })
  }
}

function toCell(value: unknown, steps: number | undefined): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (ArrayBuffer.isView(value) && !(value instanceof Float64Array)) return Array.from(value as Float32Array, Number)
  if (isList(value) && Array.isArray(value)) {
    const list = value.some((entry) => typeof entry === 'bigint' || ArrayBuffer.isView(entry) || Array.isArray(entry))
      ? value.map((entry) => toCell(entry, undefined))
      : value
    return steps === undefined ? list : inRows(list, steps)
  }
  return value
}

/** Columns of tensors, which Parquet stores flat: their shapes are in the Arrow schema that comes along. */
function tensorColumns(pairs: Footer['pairs']): Map<string, number> {
  const base64: unknown = pairs.find(({ key }) => key === 'ARROW:schema')?.value
  if (typeof base64 !== 'string') return new Map()
  const metadata = Buffer.from(base64, 'base64').subarray(PREFIX_BYTES)
  checkFlatbuffer(metadata, MESSAGE)
  const message = Message.decode(metadata)
  if (!message.isSchema()) throw new Error('its Arrow schema is none')
  const { fields }: Schema = message.header()
  return new Map(
    fields.flatMap((field) => {
      const steps = tensorSteps(field)
      return steps === undefined ? [] : [[field.name, steps] as const]
    }),
  )
}
