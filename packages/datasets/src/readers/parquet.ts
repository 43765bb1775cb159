import type { FileHandle } from 'node:fs/promises'
import { Message, type Schema } from 'apache-arrow'
import { parquetRead, type FileMetaData } from 'hyparquet'
import { isList } from '../columns/column.ts'
import { inRows, tensorSteps } from './arrow_cells.ts'
import { MESSAGE } from './arrow_metadata.ts'
import { checkFlatbuffer } from './flatbuffer.ts'
import { readBytes, readFooter, type Chunk, type Column, type Footer } from './parquet/footer.ts'
import { joinParts, unpackPages } from './parquet/pages.ts'
import type { Opened, Reading } from './reader.ts'
import type { Row } from './table.ts'
import { openTypedTable } from './typed_table.ts'
import { UnpackedRoom } from './unpacked_room.ts'

/** What stands before a message in the Arrow schema: a mark and its length. */
const PREFIX_BYTES = 8

/** Reads Parquet: its footer and pages are checked before the library reads any of them, as it does not come back from some damaged ones. */
export async function readParquet(file: FileHandle, reading: Reading): Promise<Opened> {
  const footer = await readFooter(file)
  const names = footer.columns.map(({ name }) => name)
  const room = new UnpackedRoom(reading.options.maxUnpackedBytes)
  return openTypedTable(names, readRows(file, footer, room), reading)
}

async function* readRows(
  file: FileHandle,
  { columns, groups, pairs }: Footer,
  room: UnpackedRoom,
): AsyncGenerator<Row[]> {
  const steps = tensorColumns(pairs)
  let line = 0
  for (const [nth, { rows, chunks }] of groups.entries()) {
    room.clear()
    const cells: unknown[][] = []
    for (const [at, column] of columns.entries()) {
      const about = `column ${column.name} in row group ${nth + 1}`
      const values = await readColumn(file, column, { chunks: chunks[at] ?? [], rows, room }).catch(tellPlace(about))
      cells.push(values.map((value) => toCell(value, steps.get(column.name))))
    }
    yield Array.from({ length: rows }, (_, row) => ({ line: ++line, cells: cells.map((values) => values[row]) }))
  }
}

/** The values of a column in all rows of a group. */
async function readColumn(
  handle: FileHandle,
  { elements, name }: Column,
  { chunks, rows, room }: { chunks: readonly Chunk[]; rows: number; room: UnpackedRoom },
): Promise<unknown[]> {
  const parts: Uint8Array[] = []
  const starts = [0]
  for (const chunk of chunks) {
    const pages = unpackPages(await readBytes(handle, chunk.at, chunk.bytes), chunk, rows, room)
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
  const values: unknown[] = []
  const onChunk = ({ columnData }: { columnData: ArrayLike<unknown> }) => {
    for (let at = 0; at < columnData.length; at++) values.push(columnData[at])
  }
  await parquetRead({ file, metadata, onChunk })
  if (values.length !== rows) throw new Error(`${name} has ${values.length} values, and there are ${rows} rows`)
  return values
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
  const base64 = pairs.find(({ key }) => key === 'ARROW:schema')?.value
  if (base64 === undefined) return new Map()
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
