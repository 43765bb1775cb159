// The file format of TensorFlow's TFRecord (tensorflow/core/lib/io/record_writer in its sources): of each record its length as uint64, the
// masked checksum of that, its bytes, and their masked checksum, all little-endian. The checksum is CRC-32C (RFC 3720, B.4).

const CASTAGNOLI_REVERSED = 0x82f63b78
const MASK_DELTA = 0xa282ead8
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI_REVERSED : 0)
  return crc
})
const LENGTH_BYTES = 8
const CHECKSUM_BYTES = 4

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!
  return ~crc >>> 0
}

/** A record with its length and checksums. */
export function frameRecord(record: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + record.length + 2 * CHECKSUM_BYTES)
  const view = new DataView(framed.buffer)
  view.setBigUint64(0, BigInt(record.length), true)
  view.setUint32(LENGTH_BYTES, masked(crc32c(framed.subarray(0, LENGTH_BYTES))), true)
  framed.set(record, LENGTH_BYTES + CHECKSUM_BYTES)
  view.setUint32(LENGTH_BYTES + CHECKSUM_BYTES + record.length, masked(crc32c(record)), true)
  return framed
}

/** Rotated by 15 bits: the checksum of bytes that contain a checksum would be of little use. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}
