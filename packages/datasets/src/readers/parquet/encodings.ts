// How values are written (https://parquet.apache.org/docs/file-format/data-pages/encodings/). A library reads them as they say that
// they are: a count that is not there would have it go round for long, or take memory without an end.

import type { ParquetType } from 'hyparquet'
import { countNumbers } from './runs.ts'
import { checkDelta, readDeltas } from './deltas.ts'

/** Values of a page. */
export interface Values {
  bytes: Uint8Array
  at: number
  count: number
  type: ParquetType
  /** Bytes of each value of fixed length. */
  typeLength: number
  /** Entries that it refers to; undefined where there is no dictionary. */
  entries: number | undefined
  /** Told of bytes that the values have beside those of their page. */
  take: (bytes: number) => void
}

/** Throws where there are not as many values as there should be, or not within their bytes. */
type Check = (values: Values) => void

const WIDTHS: Readonly<Partial<Record<ParquetType, number>>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 }
/** Before each text. */
const LENGTH_BYTES = 4

/** By the numbers that Parquet gives encodings. */
const ENCODINGS: Readonly<Record<number, { types?: readonly ParquetType[]; check: Check }>> = {
  0: { check: checkPlain },
  2: { check: checkEntries },
  3: { types: ['BOOLEAN'], check: checkBooleans },
  5: {
    types: ['INT32', 'INT64'],
    check: ({ bytes, at, count, type }) => void checkDelta(bytes, { at, count, bits: type === 'INT32' ? 32 : 64 }),
  },
  6: { types: ['BYTE_ARRAY'], check: checkLengths },
  7: { types: ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'], check: checkPrefixes },
  8: { check: checkEntries },
  9: {
    types: ['INT32', 'INT64', 'FLOAT', 'DOUBLE', 'FIXED_LEN_BYTE_ARRAY'],
    check: (values) => checkRoom(values, values.count * sizeOf(values)),
  },
}
export const PLAIN = 0
/** Values that refer to entries. */
export const OF_DICTIONARY: ReadonlySet<number> = new Set([2, 8])

/** @throws {Error} where the values are not what they say, or are written in a way that is not known */
export function checkValues(values: Values, encoding: number): void {
  const known = ENCODINGS[encoding]
  if (known === undefined || known.types?.includes(values.type) === false)
    throw new Error(`its values are of ${values.type} in encoding ${encoding}; write them as PLAIN`)
  known.check(values)
}

function checkPlain(values: Values): void {
  const { bytes, at, count, type } = values
  if (type === 'BOOLEAN') return checkRoom(values, Math.ceil(count / 8))
  if (type !== 'BYTE_ARRAY') return checkRoom(values, count * sizeOf(values))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = at
  for (let nth = 0; nth < count; nth++) {
    if (end + LENGTH_BYTES > bytes.length) return refuseEnd(values)
    end += LENGTH_BYTES + view.getUint32(end, true)
  }
  return checkRoom(values, end - at)
}

function checkEntries(values: Values): void {
  const { bytes, at, count, type, entries } = values
  if (entries === undefined || type === 'BOOLEAN') throw new Error('its values refer to a dictionary, and it has none')
  const width = bytes[at]
  if (width === undefined) return refuseEnd(values)
  const runs = { at: at + 1, end: bytes.length, width, count }
  const largest = width === 0 ? 0 : countNumbers(bytes, runs, 0).largest
  if (largest >= entries) throw new Error(`a value refers to entry ${largest} of a dictionary of ${entries}`)
}

function checkBooleans(values: Values): void {
  const { bytes, at, count } = values
  if (at + LENGTH_BYTES > bytes.length) return refuseEnd(values)
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
  checkRoom(values, LENGTH_BYTES + length)
  countNumbers(bytes, { at: at + LENGTH_BYTES, end: at + LENGTH_BYTES + length, width: 1, count }, 1)
}

function checkLengths(values: Values): void {
  const { bytes, at, count } = values
  const { deltas, end } = readDeltas(bytes, { at, count })
  checkRoom(values, end - at + sum(deltas))
}

function checkPrefixes(values: Values): void {
  const { bytes, at, count, take } = values
  const prefixes = readDeltas(bytes, { at, count })
  const suffixes = readDeltas(bytes, { at: prefixes.end, count })
  checkRoom(values, suffixes.end - at + sum(suffixes.deltas))
  let before = 0
  for (const [nth, prefix] of prefixes.deltas.entries()) {
    if (prefix < 0 || prefix > before) throw new Error(`a text begins as ${prefix} bytes of one of ${before}`)
    before = prefix + (suffixes.deltas[nth] ?? 0)
  }
  take(sum(prefixes.deltas))
}

function sum(lengths: Int32Array): number {
  let total = 0
  for (const length of lengths) {
    if (length < 0) throw new Error(`a text has ${length} bytes`)
    total += length
  }
  return total
}

function sizeOf({ type, typeLength }: Values): number {
  return WIDTHS[type] ?? typeLength
}

function checkRoom(values: Values, bytes: number): void {
  if (values.at + bytes > values.bytes.length) refuseEnd(values)
}

function refuseEnd({ bytes, at, count }: Values): never {
  throw new Error(`a page has ${bytes.length - at} bytes, which are not ${count} values`)
}
