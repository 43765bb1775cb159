// Numbers of few bits in runs: one that repeats, or some that are packed (RLE of https://parquet.apache.org/docs/file-format/data-pages/encodings/).

/** Where runs are, the bits of each number, and how many numbers there are. */
export interface Runs {
  at: number
  end: number
  width: number
  count: number
}

/** What some numbers are: the first, the largest, and how many are equal to one that is asked for. */
export interface Numbers {
  first: number
  largest: number
  equal: number
}

/** More would be more entries of a dictionary than there is room for. */
const MOST_WIDTH = 24
/** Of the head of a run: it counts at most as many numbers as a signed number of 32 bits. */
const MOST_HEAD = 2 ** 31
const PACKED_AT_ONCE = 8

/** @throws {Error} where the runs have fewer numbers, or do not end where they should */
export function countNumbers(bytes: Uint8Array, { at: start, end, width, count }: Runs, value: number): Numbers {
  if (width > MOST_WIDTH) throw new Error(`it has numbers of ${width} bits, and at most ${MOST_WIDTH} are read`)
  const numbers: Numbers = { first: 0, largest: 0, equal: 0 }
  let [at, seen] = [start, 0]
  while (seen < count) {
    const head = readHead(bytes, at, end)
    at = head.end
    const isPacked = head.value % 2 === 1
    const length = (head.value >>> 1) * (isPacked ? PACKED_AT_ONCE : 1)
    const taken = Math.min(length, count - seen)
    if (length === 0 || (length > taken && !isPacked))
      throw new Error(`a run has ${length} numbers, and ${count - seen} of ${count} are left`)
    // The last run may be longer, with numbers that are none: DuckDB packs 256 at once.
    if (at + Math.ceil(((isPacked ? length : 1) * width) / 8) > end) throw new Error('a run goes on beyond its end')
    if (isPacked) countPacked(bytes, { at, width, count: taken }, { value, numbers, isFirst: seen === 0 })
    else countRepeated(bytes, { at, width, count: taken }, { value, numbers, isFirst: seen === 0 })
    at += Math.ceil(((isPacked ? length : 1) * width) / 8)
    seen += taken
  }
  return numbers
}

type Run = Omit<Runs, 'end'>
interface Counting {
  value: number
  numbers: Numbers
  isFirst: boolean
}

function countPacked(bytes: Uint8Array, { at, width, count }: Run, { value, numbers, isFirst }: Counting): void {
  const mask = 2 ** width - 1
  for (let nth = 0; nth < count; nth++) {
    const number = (readWord(bytes, at + ((nth * width) >> 3)) >>> ((nth * width) & 7)) & mask
    if (number > numbers.largest) numbers.largest = number
    if (number === value) numbers.equal += 1
    if (nth === 0 && isFirst) numbers.first = number
  }
}

function countRepeated(bytes: Uint8Array, { at, width, count }: Run, { value, numbers, isFirst }: Counting): void {
  const number = readWord(bytes, at) & (2 ** (8 * Math.ceil(width / 8)) - 1)
  numbers.largest = Math.max(numbers.largest, number)
  if (number === value) numbers.equal += count
  if (isFirst) numbers.first = number
}

/** Bytes beyond the end are 0: there is no number of any of those. */
function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}

/** A number of which each byte has seven bits, below 2^31. */
export function readHead(bytes: Uint8Array, start: number, end: number): { value: number; end: number } {
  let value = 0
  for (let at = start; at < Math.min(end, start + 5); at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 127) * 128 ** (at - start)
    if (byte >= 128) continue
    if (value >= MOST_HEAD) break
    return { value, end: at + 1 }
  }
  throw new Error('a page has a count that is cut off, or too large')
}
