// One file out of a zip, such as `.keras` is. The zip is not trusted: every place is checked, and the file by its CRC-32.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

import { crc32, inflateRawSync } from 'node:zlib'
import { MOST_WEIGHTS_BYTES } from '@unroll/contract'
import { FormatError } from '@unroll/formats'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22]
const LONGEST_COMMENT = 65_535
const [STORED, DEFLATED] = [0, 8]

export function isZip(file: Uint8Array): boolean {
  return file.length >= 4 && viewOf(file).getUint32(0, true) === LOCAL
}

/** @throws {FormatError} where there is no such file, or it is damaged */
export function unzipEntry(file: Uint8Array, wanted: string): Uint8Array {
  const view = viewOf(file)
  const end = findEnd(view)
  let at = view.getUint32(end + 16, true)
  for (let entry = 0; entry < view.getUint16(end + 10, true); entry++) {
    refuseCut(file, at + CENTRAL_BYTES)
    if (view.getUint32(at, true) !== CENTRAL) break
    const nameBytes = view.getUint16(at + 28, true)
    const name = new TextDecoder().decode(file.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes))
    if (name === wanted) return unpack(file, view, at)
    at += CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  throw new FormatError(`Cannot read the zip as it has no "${wanted}"`)
}

function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (view.getUint32(at, true) === END) return at
  throw new FormatError('Cannot read the zip as it has no end: it is cut off')
}

/** @param entry where its record of the central directory is */
function unpack(file: Uint8Array, view: DataView, entry: number): Uint8Array {
  const [method, crc] = [view.getUint16(entry + 10, true), view.getUint32(entry + 16, true)]
  const [packed, bytes, local] = [20, 24, 42].map((place) => view.getUint32(entry + place, true)) as [
    number,
    number,
    number,
  ]
  if (bytes > MOST_WEIGHTS_BYTES)
    throw new FormatError(`Cannot read the zip as its file has ${bytes} bytes: at most ${MOST_WEIGHTS_BYTES} are read`)
  refuseCut(file, local + LOCAL_BYTES)
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  refuseCut(file, start + packed)
  const data = inflate(file.subarray(start, start + packed), method, bytes)
  if (data.length !== bytes || crc32(data) !== crc)
    throw new FormatError('Cannot read the zip as its file is not what its checksum says: it is damaged or was changed')
  return data
}

/** @param end where what is read next ends */
function refuseCut(file: Uint8Array, end: number): void {
  if (end > file.length)
    throw new FormatError(`Cannot read the zip as it is damaged or cut off: byte ${end} is wanted of ${file.length}`)
}

function inflate(data: Uint8Array, method: number, bytes: number): Uint8Array {
  if (method === STORED) return data
  if (method !== DEFLATED) throw new FormatError(`Cannot read the zip as its file is packed by method ${method}`)
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, bytes) })
  } catch (cause) {
    throw new FormatError('Cannot read the zip as its file does not unpack', { cause })
  }
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength)
}
