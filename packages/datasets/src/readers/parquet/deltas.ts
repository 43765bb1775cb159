// Differences of integers in blocks (DELTA_BINARY_PACKED).

import { readHead } from './runs.ts'

/** Where they are, and how many numbers there are. */
interface Deltas {
  at: number
  count: number
}

const MOST_BLOCK = 2 ** 20
/** Numbers that lie together are a whole number of bytes. */
const MINIBLOCK_STEP = 8

/** @returns where they end @throws {Error} where they are cut off, or no such numbers */
export function checkDelta(bytes: Uint8Array, { at, count, bits }: Deltas & { bits: 32 | 64 }): number {
  return walk(bytes, { at, count }, bits)
}

/** Numbers of 32 bits, and where they end. @throws {Error} where they are cut off, or no such numbers */
export function readDeltas(bytes: Uint8Array, { at, count }: Deltas): { deltas: Int32Array; end: number } {
  const deltas = new Int32Array(count)
  let nth = 0
  let value = 0
  const end = walk(bytes, { at, count }, 32, (difference) => {
    value = (value + difference) | 0
    deltas[nth] = value
    nth += 1
  })
  return { deltas, end }
}

/** @param onNumber told of the first number, and of what each of the others is more than the one before, modulo 2^32 */
function walk(
  bytes: Uint8Array,
  { at: start, count }: Deltas,
  bits: 32 | 64,
  onNumber?: (difference: number) => void,
): number {
  const block = readHead(bytes, start, bytes.length)
  const parts = readHead(bytes, block.end, bytes.length)
  const first = readSigned(bytes, readHead(bytes, parts.end, bytes.length).end)
  const each = block.value / parts.value
  if (block.value > MOST_BLOCK || !(each >= MINIBLOCK_STEP && each % MINIBLOCK_STEP === 0))
    throw new Error(`a page has blocks of ${block.value} numbers in ${parts.value} parts`)
  let { end: at } = first
  if (count > 0) onNumber?.(first.value)
  for (let seen = 1; seen < count;) {
    const least = readSigned(bytes, at)
    const widths = least.end
    at = widths + parts.value
    for (let part = 0; part < parts.value && seen < count; part++) {
      const width = bytes[widths + part] ?? 0
      if (width > bits || at + (each * width) / 8 > bytes.length)
        throw new Error(`a page has numbers of ${width} bits that are cut off`)
      const taken = Math.min(each, count - seen)
      const told = onNumber === undefined ? 0 : taken
      for (let nth = 0; nth < told; nth++) onNumber?.((least.value + readBits(bytes, at, nth * width, width)) | 0)
      at += (each * width) / 8
      seen += taken
    }
  }
  return at
}

/** @returns its bits as a signed number of 32 */
function readBits(bytes: Uint8Array, at: number, bit: number, width: number): number {
  let value = 0
  for (let read = 0; read < width;) {
    const from = (bit + read) & 7
    const taken = Math.min(8 - from, width - read)
    const part = ((bytes[at + ((bit + read) >> 3)] ?? 0) >>> from) & ((1 << taken) - 1)
    value |= part << read
    read += taken
  }
  return value
}

const MOST_VARINT_BYTES = 10

/** @returns its lowest 32 bits */
function readSigned(bytes: Uint8Array, start: number): { value: number; end: number } {
  let zigzag = 0n
  for (let at = start; at < Math.min(bytes.length, start + MOST_VARINT_BYTES); at++) {
    const byte = bytes[at] ?? 0
    zigzag |= BigInt(byte & 127) << BigInt(7 * (at - start))
    if (byte < 128) return { value: Number(BigInt.asIntN(32, (zigzag >> 1n) ^ -(zigzag & 1n))), end: at + 1 }
  }
  throw new Error('a page has a number that is cut off')
}
