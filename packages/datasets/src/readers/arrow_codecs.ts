import { CompressionType, compressionRegistry } from 'apache-arrow'
import { decompress as decompressZstd } from 'fzstd'
import { decompressLz4Frame } from './lz4_frame.ts'
import type { UnpackedRoom } from './unpacked_room.ts'

/** What stands before a compressed buffer: the bytes that it unpacks to, as the format has it. */
const LENGTH_BYTES = 8

/** Has Arrow read what pandas and pyarrow compress by. @param room for what is unpacked, of this upload */
export function registerCodecs(room: UnpackedRoom): void {
  const measureLength = ({ buffer, byteOffset }: Uint8Array): number => {
    const length = Number(new DataView(buffer, byteOffset - LENGTH_BYTES).getBigInt64(0, true))
    room.take(length)
    return length
  }
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (data) => decompressLz4Frame(data, measureLength(data)),
  })
  // Into a buffer of its own, as Arrow looks at it as numbers of eight bytes: it must start where those do.
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (data) => decompressZstd(data, new Uint8Array(measureLength(data))),
  })
}
