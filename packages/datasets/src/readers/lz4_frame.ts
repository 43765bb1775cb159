// LZ4 frames (the formats of frames and blocks of lz4 1.10), as pandas and pyarrow compress buffers of Arrow by. Checksums are
// not looked at: a changed byte is a changed number, as in a buffer that is not compressed.

const MAGIC = 0x184d2204
const VERSION = 1
const FLAGS = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const
const CHECKSUM_BYTES = 4
/** A block of this size flag is not compressed. */
const PLAIN = 0x80000000
/** A length of four bits that goes on in the bytes that follow. */
const LONG = 15
const LEAST_MATCH = 4
const CUT_OFF = 'a compressed buffer is cut off'

/** @returns `length` bytes @throws {Error} where the frame has more or fewer, or is damaged */
export function decompressLz4Frame(source: Uint8Array, length: number): Uint8Array {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const bytes = new Uint8Array(length)
  const readWord = (at: number): number => {
    if (at + 4 > source.length) throw new Error(CUT_OFF)
    return view.getUint32(at, true)
  }
  const flags = source[4] ?? 0
  if (readWord(0) !== MAGIC || flags >> 6 !== VERSION || (flags & FLAGS.dictionary) !== 0)
    throw new Error('a compressed buffer is no LZ4 frame without a dictionary')
  let at = 7 + (flags & FLAGS.contentSize ? 8 : 0)
  let end = 0
  for (;;) {
    const size = readWord(at)
    at += 4
    if (size === 0) break
    const block = source.subarray(at, at + (size & ~PLAIN))
    at += block.length + (flags & FLAGS.blockChecksum ? CHECKSUM_BYTES : 0)
    end = (size & PLAIN) === 0 ? decompressBlock(block, bytes, end) : copyPlain(block, bytes, end)
  }
  if (end !== length) throw new Error(`a compressed buffer has ${end} bytes, and its head says ${length}`)
  return bytes
}

function copyPlain(block: Uint8Array, bytes: Uint8Array, end: number): number {
  refuseMore(end + block.length, bytes)
  bytes.set(block, end)
  return end + block.length
}

/** @returns where it ends in what is decompressed, which a match may be of too */
function decompressBlock(block: Uint8Array, bytes: Uint8Array, start: number): number {
  let [at, end] = [0, start]
  const readLength = (nibble: number): number => {
    let length = nibble
    for (let byte = nibble === LONG ? 255 : 0; byte === 255; length += byte) byte = block[at++] ?? 0
    return length
  }
  while (at < block.length) {
    const token = block[at++] ?? 0
    const literals = readLength(token >> 4)
    if (at + literals > block.length) throw new Error(CUT_OFF)
    end = copyPlain(block.subarray(at, at + literals), bytes, end)
    at += literals
    if (at >= block.length) return end // the last sequence has no match
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8)
    at += 2
    const match = readLength(token & LONG) + LEAST_MATCH
    refuseMore(end + match, bytes)
    if (distance === 0 || distance > end)
      throw new Error(`a compressed buffer repeats what is ${distance} bytes before`)
    if (distance >= match) bytes.copyWithin(end, end - distance, end - distance + match)
    else for (let to = end; to < end + match; to++) bytes[to] = bytes[to - distance] ?? 0 // what it repeats is itself
    end += match
  }
  return end
}

function refuseMore(end: number, { length }: Uint8Array): void {
  if (end > length) throw new Error(`a compressed buffer has more than the ${length} bytes that its head says`)
}
