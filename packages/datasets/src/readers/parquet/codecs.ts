import { brotliDecompressSync, unzipSync } from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { decompressSnappy } from 'hyparquet-compressors'
import { decompressLz4Block } from '../lz4_frame.ts'
import { readHead } from './runs.ts'

/** @returns `length` bytes, unless the page is damaged */
type Decompress = (page: Uint8Array, length: number) => Uint8Array

/** What Parquet compresses pages by. Each takes a length of bytes, and no more than those are written, whatever a page says of itself. */
const CODECS: Readonly<Record<string, Decompress>> = {
  UNCOMPRESSED: (page) => page,
  SNAPPY: decompressSized,
  GZIP: (page, length) => unzipSync(page, { maxOutputLength: length }),
  BROTLI: (page, length) => brotliDecompressSync(page, { maxOutputLength: length }),
  ZSTD: (page, length) => decompressZstd(page, new Uint8Array(length)),
  LZ4: decompressHadoopLz4,
  LZ4_RAW: decompressLz4Block,
}

/** @throws {Error} where a page is damaged, or has more or fewer bytes */
export function decompressPage(page: Uint8Array, codec: string, length: number): Uint8Array {
  const decompress = CODECS[codec]
  if (decompress === undefined)
    throw new Error(`it is compressed by ${codec}; cast it to ${Object.keys(CODECS).join(', ')}`)
  if (length === 0) return new Uint8Array(0)
  const bytes = decompress(page, length)
  if (bytes.length !== length) throw new Error(`it unpacks to ${bytes.length} bytes, and its head says ${length}`)
  return bytes
}

/** A page says what it unpacks to, which the library does not look at. What it unpacks in is new each time: nothing of others is in it. */
function decompressSized(page: Uint8Array, length: number): Uint8Array {
  const { value } = readHead(page, 0, page.length)
  if (value !== length) throw new Error(`it unpacks to ${value} bytes, and its head says ${length}`)
  return decompressSnappy(page, length)
}

/** What stands before a block of Hadoop: what it unpacks to, and its own length. */
const HADOOP_HEAD_BYTES = 8

/** LZ4 as Hadoop frames it; a page without those frames is one block. */
function decompressHadoopLz4(page: Uint8Array, length: number): Uint8Array {
  const blocks = listHadoopBlocks(page, length)
  if (blocks === undefined) return decompressLz4Block(page, length)
  return Buffer.concat(blocks.map(({ block, unpacked }) => decompressLz4Block(block, unpacked)))
}

function listHadoopBlocks(page: Uint8Array, length: number): { block: Uint8Array; unpacked: number }[] | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const blocks: { block: Uint8Array; unpacked: number }[] = []
  let [at, left] = [0, length]
  while (at < page.length) {
    if (at + HADOOP_HEAD_BYTES > page.length) return undefined
    const [unpacked, bytes] = [view.getUint32(at), view.getUint32(at + 4)]
    at += HADOOP_HEAD_BYTES
    left -= unpacked
    if (left < 0 || at + bytes > page.length) return undefined
    blocks.push({ block: page.subarray(at, at + bytes), unpacked })
    at += bytes
  }
  return left === 0 ? blocks : undefined
}
