import type { FileHandle } from 'node:fs/promises'
import { Message, type Schema } from 'apache-arrow'
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
} from 'hyparquet'
import { compressors, decompressZstd } from 'hyparquet-compressors'
import { isList } from '../columns/column.ts'
import { inRows, tensorSteps } from './arrow_cells.ts'
import type { Opened, Reading } from './reader.ts'
import type { Row } from './table.ts'
import { openTypedTable } from './typed_table.ts'
import { UnpackedRoom } from './unpacked_room.ts'

/** What stands before a message in the Arrow schema: a mark and its length. */
const PREFIX_BYTES = 8

export async function readParquet(handle: FileHandle, reading: Reading): Promise<Opened> {
  const { size } = await handle.stat()
  const file: AsyncBuffer = {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start)
      await handle.read(bytes, 0, bytes.length, start)
      return bytes.buffer
    },
  }
  const metadata = await parquetMetadataAsync(file)
  const names = parquetSchema(metadata).children.map(({ element }) => element.name)
  return openTypedTable(names, readRows(file, metadata, names), reading)
}

async function* readRows(file: AsyncBuffer, metadata: FileMetaData, names: readonly string[]): AsyncGenerator<Row[]> {
  const steps = tensorColumns(metadata)
  const room = new UnpackedRoom()
  const bounded = boundCompressors(room)
  let rowStart = 0
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows)
    room.clear()
    // Whole groups: a part of one would take as long, as lists are found by going through all of it.
    const objects = await parquetReadObjects({ file, metadata, compressors: bounded, rowStart, rowEnd })
    const first = rowStart + 1
    yield objects.map((object, at) => ({
      line: first + at,
      cells: names.map((name) => toCell(object[name], steps.get(name))),
    }))
    rowStart = rowEnd
  }
}

/** The decompressors of pages, which find room for one before they allocate it. */
function boundCompressors(room: UnpackedRoom): Compressors {
  const all: Compressors = {
    ...compressors,
    ZSTD: (page, bytes) => decompressZstd(page, new Uint8Array(bytes)), // and not what the page says of itself
  }
  const bound = Object.entries(all).map(([codec, decompress]) => {
    const bounded: typeof decompress = (page, bytes) => {
      room.take(bytes)
      return decompress(page, bytes)
    }
    return [codec, bounded] as const
  })
  return Object.fromEntries(bound)
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
function tensorColumns({ key_value_metadata: pairs = [] }: FileMetaData): Map<string, number> {
  const base64 = pairs.find(({ key }) => key === 'ARROW:schema')?.value
  if (base64 === undefined) return new Map()
  const message = Message.decode(Buffer.from(base64, 'base64').subarray(PREFIX_BYTES))
  const { fields } = message.header() as unknown as Schema
  return new Map(
    fields.flatMap((field) => {
      const steps = tensorSteps(field)
      return steps === undefined ? [] : [[field.name, steps] as const]
    }),
  )
}
