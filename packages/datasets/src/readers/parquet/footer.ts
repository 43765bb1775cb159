import type { FileHandle } from 'node:fs/promises'
import { parquetMetadata, type FileMetaData, type ParquetType, type RowGroup, type SchemaElement } from 'hyparquet'
import { ThriftReader } from './thrift.ts'

const MARK = 'PAR1'
const ENCRYPTED = 'PARE'
/** What a file ends with: the length of its footer, and the mark. */
const END_BYTES = 4 + MARK.length
const MOST_COLUMNS = 2 ** 14
/** Columns in columns. */
const MOST_DEPTH = 32
/** Types of which a library follows what they say of themselves without an end. */
const REFUSED_TYPES: ReadonlySet<string> = new Set(['VARIANT', 'GEOMETRY', 'GEOGRAPHY'])

/** A column that has values. */
export interface Leaf {
  path: readonly string[]
  type: ParquetType
  typeLength: number
  /** The level at which there is a value. */
  mostDefinition: number
  /** Lists that it lies in. */
  mostRepetition: number
}

/** A column of the table, which may have others in it. */
export interface Column {
  name: string
  /** Itself, and those in it. */
  elements: readonly SchemaElement[]
  leaves: readonly Leaf[]
}

/** The values of a column in a row group. */
export interface Chunk {
  leaf: Leaf
  at: number
  bytes: number
  codec: string
  values: number
}

export interface Group {
  rows: number
  /** Of each column those of its leaves. */
  chunks: readonly (readonly Chunk[])[]
}

export interface Footer {
  columns: readonly Column[]
  groups: readonly Group[]
  /** What a writer has added. */
  pairs: NonNullable<FileMetaData['key_value_metadata']>
}

/** Reads what a file has, all of it checked to lie in the file. @throws {Error} that says what is damaged */
export async function readFooter(file: FileHandle): Promise<Footer> {
  const { size } = await file.stat()
  const end = await readBytes(file, Math.max(0, size - END_BYTES), Math.min(size, END_BYTES))
  const mark = end.toString('latin1', 4)
  if (mark === ENCRYPTED) throw new Error('its footer is encrypted')
  const length = mark === MARK ? end.readUInt32LE(0) : Infinity
  const at = size - END_BYTES - length
  if (!(at >= MARK.length)) throw new Error(`it must end with a footer and ${MARK}: it was cut off`)
  const bytes = await readBytes(file, at, length + END_BYTES)
  new ThriftReader(bytes, 0, length).readStruct()
  const { schema, row_groups: groups, key_value_metadata: pairs = [] } = parquetMetadata(bytes, { geoparquet: false })
  const columns = readColumns(schema)
  return { columns, groups: readGroups(groups, columns, at), pairs: Array.from(pairs) }
}

export async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  if (bytesRead < length) throw new Error(`it ends at byte ${at + bytesRead}`)
  return bytes
}

function readColumns(schema: readonly SchemaElement[]): Column[] {
  const columns: Column[] = []
  const last = schema.length
  for (let at = 1; at < last;) {
    const leaves: Leaf[] = []
    const end = addLeaves(schema, at, { path: [], mostDefinition: 0, mostRepetition: 0 }, leaves)
    columns.push({ name: schema[at]?.name ?? '', elements: schema.slice(at, end), leaves })
    at = end
  }
  if (columns.length === 0 || columns.length !== schema[0]?.num_children)
    throw new Error(`its footer has ${columns.length} columns, and says ${schema[0]?.num_children}`)
  const count = columns.reduce((sum, { leaves }) => sum + leaves.length, 0)
  if (count > MOST_COLUMNS) throw new Error(`it has ${count} columns, and at most ${MOST_COLUMNS} are read`)
  return columns
}

/** @returns the place of the next element that does not lie in this one */
function addLeaves(
  schema: readonly SchemaElement[],
  at: number,
  above: Pick<Leaf, 'path' | 'mostDefinition' | 'mostRepetition'>,
  leaves: Leaf[],
): number {
  const element = schema[at]
  if (element === undefined || typeof element.name !== 'string') throw new Error('its footer has no name of a column')
  const { name, type, type_length: typeLength, repetition_type: repetition, num_children: children = 0 } = element
  const path = [...above.path, name]
  if (path.length > MOST_DEPTH) throw new Error(`its columns lie deeper than ${MOST_DEPTH} in each other`)
  if (REFUSED_TYPES.has(element.logical_type?.type ?? ''))
    throw new Error(`column ${path.join('.')} is of type ${element.logical_type?.type}: cast it to numbers or texts`)
  const inside = {
    path,
    mostDefinition: above.mostDefinition + (repetition === 'REQUIRED' ? 0 : 1),
    mostRepetition: above.mostRepetition + (repetition === 'REPEATED' ? 1 : 0),
  }
  if (children === 0) {
    if (type === undefined) throw new Error(`column ${path.join('.')} has no type`)
    if (type === 'FIXED_LEN_BYTE_ARRAY' && !(Number.isInteger(typeLength) && Number(typeLength) > 0))
      throw new Error(`column ${path.join('.')} has values of ${String(typeLength)} bytes`)
    leaves.push({ ...inside, type, typeLength: typeLength ?? 0 })
    return at + 1
  }
  const names = new Set<string>()
  let end = at + 1
  for (let nth = 0; nth < children; nth++) {
    names.add(schema[end]?.name ?? '')
    end = addLeaves(schema, end, inside, leaves)
  }
  if (names.size !== children) throw new Error(`column ${path.join('.')} has ${children} columns that have equal names`)
  return end
}

/** @param end of the part of the file that has values */
function readGroups(groups: readonly RowGroup[], columns: readonly Column[], end: number): Group[] {
  let bytes = 0
  return Array.from(groups, ({ columns: given, num_rows: rows }, nth) => {
    const count = columns.reduce((sum, { leaves }) => sum + leaves.length, 0)
    if (given.length !== count) throw new Error(`row group ${nth + 1} has ${given.length} of ${count} columns`)
    let at = 0
    const chunks = columns.map(({ leaves }) => leaves.map((leaf) => readChunk(given[at++], leaf, end)))
    bytes += chunks.flat().reduce((sum, chunk) => sum + chunk.bytes, 0)
    if (bytes > end) throw new Error('its footer lists the same values more than once')
    return { rows: readCount(rows, 'rows'), chunks }
  })
}

function readChunk(chunk: RowGroup['columns'][number] | undefined, leaf: Leaf, end: number): Chunk {
  const name = leaf.path.join('.')
  const about = chunk?.meta_data
  if (chunk?.file_path) throw new Error(`column ${name} is in another file, ${chunk.file_path}`)
  if (!about) throw new Error(`column ${name} has no metadata, or is encrypted`) // a damaged footer may have false
  const { type, path_in_schema: path, codec, num_values: values, total_compressed_size: size } = about
  if (type !== leaf.type || path.join('.') !== name)
    throw new Error(`column ${name} of type ${leaf.type} is ${path.join('.')} of type ${type} in a row group`)
  const count = readCount(values, 'values')
  if (count === 0) return { leaf, at: 0, bytes: 0, codec, values: 0 } // its place may be anything
  const at = readCount(about.dictionary_page_offset || about.data_page_offset, 'a place')
  const bytes = readCount(size, 'a size')
  if (at < MARK.length || at + bytes > end)
    throw new Error(`column ${name} has ${bytes} bytes at byte ${at}, and values end at byte ${end}`)
  return { leaf, at, bytes, codec, values: count }
}

/** @param value as a damaged footer may have it: of any type */
export function readCount(value: unknown, what: string): number {
  const count = typeof value === 'bigint' ? Number(value) : value
  if (!Number.isSafeInteger(count) || (count as number) < 0) throw new Error(`it has ${what} of ${String(count)}`)
  return count as number
}
