import { isAscii, isUtf8 } from 'node:buffer'
import type { Faults, Told } from '../faults.ts'

export const NEWLINE = 0x0a
/** One line is held whole, and JSON.parse makes several times its size of it. */
const MOST_LINE_BYTES = 64 * 2 ** 20

/** Whole lines, one after the other. */
export interface Lines {
  /** Number of the first, from 1. */
  first: number
  texts: string[]
}

/** Bytes of whole lines, each with what ends it. */
export interface Block {
  /** Number of the first line, from 1. */
  first: number
  bytes: Buffer
}

/**
 * Lines of a text in UTF-8, without what ends them.
 *
 * @throws {UnrollError} DATASET_INVALID as `iterateBlocks` does; bytes that are not UTF-8 are faults of their lines, which are
 * given empty
 */
export async function* readLines(source: AsyncIterable<Uint8Array>, faults: Faults): AsyncGenerator<Lines> {
  for await (const { first, bytes } of readBlocks(source, faults))
    yield { first, texts: decodeLines(bytes, first, faults) }
}

/**
 * Cuts a text between lines; a byte order mark is left out.
 *
 * @throws {UnrollError} DATASET_INVALID, for a line that is longer than 64 MiB, and for UTF-16
 */
export async function* readBlocks(source: AsyncIterable<Uint8Array>, faults: Faults): AsyncGenerator<Block> {
  let first = 1
  let begun: Uint8Array[] = []
  let begunBytes = 0
  const takeBlock = (end: Uint8Array): Block => {
    const bytes = joined([...begun, end])
    return { first, bytes: first === 1 ? withoutMark(bytes, faults) : bytes }
  }
  for await (const chunk of source) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const block = takeBlock(chunk.subarray(0, end))
      yield block
      first += countBytes(block.bytes, NEWLINE)
      ;[begun, begunBytes] = [[], 0]
    }
    if (end < chunk.length) begun.push(chunk.subarray(end))
    begunBytes += chunk.length - end
    if (begunBytes > MOST_LINE_BYTES)
      faults.end({
        place: { line: first },
        field: '',
        wanted: `Must have at most ${MOST_LINE_BYTES} bytes: it has more`,
      })
  }
  if (begunBytes > 0) yield takeBlock(new Uint8Array())
}

function countBytes(bytes: Buffer, byte: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count += 1
  return count
}

function joined(parts: readonly Uint8Array[]): Buffer {
  const [only] = parts
  if (parts.length !== 1 || only === undefined) return Buffer.concat(parts)
  return Buffer.from(only.buffer, only.byteOffset, only.length)
}

/** What files begin with that are no text, in latin1, and what to do with them. */
const OTHERS: readonly [start: string, wanted: string][] = [
  ['\xff\xfe', 'Must be UTF-8: it is UTF-16, save it as UTF-8'],
  ['\xfe\xff', 'Must be UTF-8: it is UTF-16, save it as UTF-8'],
  ['\x1f\x8b', 'Must be a text: it is compressed by gzip, unpack it first'],
  ['\x28\xb5\x2f\xfd', 'Must be a text: it is compressed by zstd, unpack it first'],
  ['PK\x03\x04', 'Must be a text: it is a zip archive, as .xlsx is too: unpack it, or save the sheet as CSV'],
  [
    'PAR1',
    'Must be a text: it is Parquet, send it as application/vnd.apache.parquet or with a name that ends in .parquet',
  ],
  [
    'ARROW1',
    'Must be a text: it is Arrow, send it as application/vnd.apache.arrow.file or with a name that ends in .arrow',
  ],
  ['\x89HDF', 'Must be a text: it is HDF5, write it as Parquet or .npz'],
  [
    '\x93NUMPY',
    'Must be a text: it is an array of NumPy, send it as application/x-npy or with a name that ends in .npy',
  ],
]
const LONGEST_START = 6
const MARK = '\xef\xbb\xbf'

function withoutMark(bytes: Buffer, faults: Faults): Buffer {
  const start = bytes.toString('latin1', 0, LONGEST_START)
  const other = OTHERS.find(([magic]) => start.startsWith(magic))
  if (other !== undefined) faults.end({ place: { line: 1, column: 1 }, field: '', wanted: other[1] })
  return start.startsWith(MARK) ? bytes.subarray(MARK.length) : bytes
}

function decodeLines(bytes: Buffer, first: number, faults: Faults): string[] {
  const whole = bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes
  if (isAscii(whole)) return whole.toString('latin1').split('\n') // kept in one byte a character, which is parsed faster
  if (isUtf8(whole)) return whole.toString('utf8').split('\n')
  return splitBytes(whole).map((line, at) => {
    if (isUtf8(line)) return line.toString('utf8')
    faults.tell(() => notUtf8(line, first + at))
    return ''
  })
}

/**
 * Sees that lines are UTF-8.
 *
 * @throws {UnrollError} DATASET_INVALID, with the first byte that is not
 */
export function refuseOthers({ bytes, first }: Block, faults: Faults): void {
  if (isUtf8(bytes)) return
  for (const [at, line] of splitBytes(bytes).entries()) if (!isUtf8(line)) faults.end(notUtf8(line, first + at))
}

/** The fault of a line that is not UTF-8. */
export function notUtf8(line: Buffer, number: number): Told {
  const at = firstBadByte(line)
  const byte = `0x${(line[at] ?? 0).toString(16).padStart(2, '0')}`
  const wanted = `Must be UTF-8: byte ${byte} is in no character there, save the file as UTF-8`
  return { place: { line: number, column: at + 1 }, field: '', wanted }
}

function splitBytes(buffer: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; ;) {
    const end = buffer.indexOf(NEWLINE, start)
    lines.push(buffer.subarray(start, end < 0 ? buffer.length : end))
    if (end < 0) return lines
    start = end + 1
  }
}

/** Offset of the first byte that is in no character: all before it are whole ones. */
function firstBadByte(line: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let good = line.length
  for (let at = 0; at < line.length && good === line.length; at++) {
    try {
      decoder.decode(line.subarray(at, at + 1), { stream: true })
    } catch {
      good = at
    }
  }
  while (good > 0 && !isUtf8(line.subarray(0, good))) good -= 1
  return good
}
