import { decompressPage } from './codecs.ts'
import { OF_DICTIONARY, PLAIN, checkValues } from './encodings.ts'
import { readCount, type Chunk, type Leaf } from './footer.ts'
import { measureHeap, type HeapRoom } from './heap_room.ts'
import { countNumbers } from './runs.ts'
import { ThriftReader, writeStruct, type Struct } from './thrift.ts'
import type { UnpackedRoom } from '../unpacked_room.ts'

const [DATA, INDEX, DICTIONARY, DATA_2] = [0, 1, 2, 3] as const
/** Of levels: the other, BIT_PACKED, is not written any more. */
const RLE = 3
/** Before levels. */
const LENGTH_BYTES = 4
/** What a value, and each level that leads to it, takes in memory at least. */
const VALUE_BYTES = 8

/** What the pages of a row group may take. */
export interface Rooms {
  /** Their bytes. */
  unpacked: UnpackedRoom
  /** What is made of their values. */
  heap: HeapRoom
}

/** A page of values that is not compressed, as version 1 has them: levels, each behind its length, then values. */
interface Page {
  bytes: Uint8Array
  values: number
  encoding: number
}

/**
 * The pages of a column, each checked to have what its head says, without compression and all of version 1: a library that reads them
 * finds nothing else.
 *
 * @param bytes of the column as they are in the file
 * @throws {Error} that says what is damaged
 */
export function unpackPages(bytes: Uint8Array, chunk: Chunk, rows: number, rooms: Rooms): Uint8Array[] {
  const { leaf } = chunk
  const parts: Uint8Array[] = []
  let [at, valuesLeft, rowsLeft] = [0, chunk.values, rows]
  let entries: number | undefined
  while (valuesLeft > 0) {
    const reader = new ThriftReader(bytes, at)
    const head = reader.readStruct()
    const size = readCount(head.get(3), 'a page')
    if (reader.at + size > bytes.length)
      throw new Error(`the page at byte ${at} of it has ${size} bytes, beyond its end`)
    const body = bytes.subarray(reader.at, reader.at + size)
    const kind = head.get(1)
    if (kind === DICTIONARY) {
      if (entries !== undefined) throw new Error('it has two dictionaries')
      const page = readDictionary(head, body, chunk, rooms)
      entries = page.values
      parts.push(writeHead(DICTIONARY, page), page.bytes)
    } else if (kind !== INDEX) {
      const page = readPage(head, body, chunk, rooms.unpacked)
      const isFirst = valuesLeft === chunk.values
      rowsLeft -= checkPage(page, leaf, { entries, isFirst, rooms })
      valuesLeft -= page.values
      if (page.values > 0) parts.push(writeHead(DATA, page), page.bytes)
    }
    at = reader.at + size
  }
  if (valuesLeft < 0 || rowsLeft !== 0)
    throw new Error(
      `its pages have ${chunk.values - valuesLeft} values of ${rows - rowsLeft} rows, and it has ${chunk.values} of ${rows}`,
    )
  return parts
}

function readDictionary(head: Struct, body: Uint8Array, { codec, leaf }: Chunk, rooms: Rooms): Page {
  const values = readCount(readFields(head, 7).get(1), 'entries of a dictionary')
  const bytes = unpack(head, body, { codec, values, levels: 0 }, rooms.unpacked)
  const { type, typeLength } = leaf
  checkValues({ bytes, at: 0, count: values, type, typeLength, entries: undefined, take: () => {} }, PLAIN)
  rooms.heap.take(measureHeap(leaf, { values, objects: values, lists: 0 }))
  return { bytes, values, encoding: PLAIN }
}

function readPage(head: Struct, body: Uint8Array, { codec, leaf }: Chunk, room: UnpackedRoom): Page {
  const levels = leaf.path.length > 1 ? leaf.mostDefinition : 0
  if (head.get(1) === DATA) {
    const about = readFields(head, 5)
    const values = readCount(about.get(1), 'values in a page')
    for (const [field, most] of [
      [3, leaf.mostDefinition],
      [4, leaf.mostRepetition],
    ] as const)
      if (most > 0 && about.get(field) !== RLE) throw new Error('its levels are not written as RLE')
    return {
      bytes: unpack(head, body, { codec, values, levels }, room),
      values,
      encoding: readCount(about.get(2), 'an encoding'),
    }
  }
  if (head.get(1) !== DATA_2) throw new Error(`it has a page of kind ${readCount(head.get(1), 'a kind')}`)
  const about = readFields(head, 8)
  const values = readCount(about.get(1), 'values in a page')
  const [definitions, repetitions] = [readCount(about.get(5), 'levels'), readCount(about.get(6), 'levels')]
  const start = definitions + repetitions
  if (start > body.length || start > readCount(head.get(2), 'a page'))
    throw new Error('its levels are longer than their page')
  const packing = { codec: about.get(7) === false ? 'UNCOMPRESSED' : codec, values, levels, start }
  return {
    bytes: joinParts([
      ...(leaf.mostRepetition > 0 ? withLength(body.subarray(0, repetitions)) : []),
      ...(leaf.mostDefinition > 0 ? withLength(body.subarray(repetitions, start)) : []),
      unpack(head, body, packing, room),
    ]),
    values,
    encoding: readCount(about.get(4), 'an encoding'),
  }
}

/** What is behind the start of a page, without compression. */
function unpack(
  head: Struct,
  body: Uint8Array,
  { codec, values, levels, start = 0 }: { codec: string; values: number; levels: number; start?: number },
  room: UnpackedRoom,
): Uint8Array {
  const size = readCount(head.get(2), 'a page')
  room.take(Math.max(size, values * VALUE_BYTES * (1 + levels)))
  return decompressPage(body.subarray(start), codec, size - start)
}

/** @returns the rows that begin in a page */
function checkPage(
  page: Page,
  leaf: Leaf,
  { entries, isFirst, rooms }: { entries: number | undefined; isFirst: boolean; rooms: Rooms },
): number {
  const { bytes, values } = page
  const { type, typeLength, mostDefinition, mostRepetition } = leaf
  const starts = countLevels(page, 0, { most: mostRepetition, level: 0 })
  if (isFirst && starts.first > 0) throw new Error('it begins within a row')
  const inLists = countLevels(page, 0, { most: mostRepetition, level: mostRepetition })
  const present = countLevels(page, starts.end, { most: mostDefinition, level: mostDefinition })
  const count = present.equal
  if (count === 0) page.encoding = PLAIN
  const take = (more: number) => rooms.unpacked.take(more)
  checkValues({ bytes, at: present.end, count, type, typeLength, entries, take }, page.encoding)
  const isFlat = leaf.path.length === 1 && mostRepetition === 0
  const lists = isFlat ? 0 : mostRepetition === 0 ? values : values - inLists.equal
  rooms.heap.take(measureHeap(leaf, { values, objects: OF_DICTIONARY.has(page.encoding) ? 0 : count, lists }))
  return starts.equal
}

/** How many of the levels at a place of a page are equal to one, what the first is, and where they end. */
function countLevels(
  { bytes, values }: Page,
  at: number,
  { most, level }: { most: number; level: number },
): { equal: number; first: number; end: number } {
  if (most === 0) return { equal: values, first: 0, end: at }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = at + LENGTH_BYTES > bytes.length ? Infinity : view.getUint32(at, true)
  const end = at + LENGTH_BYTES + length
  if (end > bytes.length) throw new Error('its levels are longer than their page')
  const runs = { at: at + LENGTH_BYTES, end, width: 32 - Math.clz32(most), count: values }
  const { first, largest, equal } = countNumbers(bytes, runs, level)
  if (largest > most) throw new Error(`it has a level of ${largest}, and at most ${most} lead to a value`)
  return { equal, first, end }
}

function writeHead(kind: typeof DATA | typeof DICTIONARY, { bytes, values, encoding }: Page): Uint8Array {
  const about =
    kind === DICTIONARY
      ? ([
          7,
          [
            [1, values],
            [2, PLAIN],
          ],
        ] as const)
      : ([
          5,
          [
            [1, values],
            [2, encoding],
            [3, RLE],
            [4, RLE],
          ],
        ] as const)
  return Uint8Array.from(writeStruct([[1, kind], [2, bytes.length], [3, bytes.length], about]))
}

function readFields(head: Struct, field: number): Struct {
  const fields = head.get(field)
  if (!(fields instanceof Map)) throw new Error('a page has no head of its kind')
  return fields as Struct
}

function withLength(levels: Uint8Array): Uint8Array[] {
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, levels.length, true)
  return [length, levels]
}

/** Some parts in memory of their own, one behind the other. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
