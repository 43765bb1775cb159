// The safetensors format: a header's length as a 64-bit number, the header as JSON, then the elements of all tensors,
// without holes. Numbers are little-endian, as on every machine that Node runs on but s390x.
// https://huggingface.co/docs/safetensors/index#format

import { DTYPES, nameDtype } from './dtype.ts'
import { FormatError } from './format_error.ts'
import { parseHeader, type Entry } from './safetensors_header.ts'
import { elements, type NamedTensors, type Tensor } from './tensor.ts'

const LENGTH_BYTES = 8
const ALIGNMENT = 8 // of the first element, so that a file mapped into memory can be read in place
const SPACE = 0x20

export interface SafetensorsFile {
  readonly tensors: NamedTensors
  /** Texts of the writer. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * A file of the tensors, the widest element type first, then by name, so that equal tensors make equal bytes.
 *
 * @throws {RangeError} when a tensor's shape does not match its elements, or a name is reserved
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = Object.entries(tensors).toSorted(([a, { data: x }], [b, { data: y }]) =>
    x.BYTES_PER_ELEMENT === y.BYTES_PER_ELEMENT ? compare(a, b) : y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT,
  )
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata }
  let end = 0
  for (const [name, tensor] of ordered) {
    refuseUnwritable(name, tensor)
    const start = end
    end += tensor.data.byteLength
    header[name] = { dtype: nameDtype(tensor.data), shape: tensor.shape, data_offsets: [start, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT) * ALIGNMENT
  const file = new Uint8Array(start + end)
  file.fill(SPACE, LENGTH_BYTES, start)
  file.set(json, LENGTH_BYTES)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true)
  let at = start
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

/**
 * The tensors of a file, as copies. The file is not trusted: every length and offset is checked.
 *
 * @throws {FormatError} with the fault
 */
export function decodeSafetensors(file: Uint8Array): SafetensorsFile {
  const length = headerLength(file)
  const left = file.length - LENGTH_BYTES
  if (length > left)
    throw new FormatError(`Cannot read safetensors as the header has ${length} bytes and the file ${left} after it`)
  const start = LENGTH_BYTES + Number(length)
  const { entries, metadata } = parseHeader(file.subarray(LENGTH_BYTES, start), file.length - start)
  const body = file.subarray(start)
  const tensors = entries.map(([name, entry]) => [name, readTensor(entry, body)] as const)
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** Bytes of a file up to its tensors, by its first 8. @throws {FormatError} when there are fewer */
export function headBytes(start: Uint8Array): number {
  return LENGTH_BYTES + Number(headerLength(start))
}

function headerLength(file: Uint8Array): bigint {
  if (file.length < LENGTH_BYTES)
    throw new FormatError(`Cannot read safetensors as a file has at least 8 bytes: it has ${file.length}`)
  return new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)
}

/** The texts of the writer, by the bytes of a file up to its tensors. @throws {FormatError} with the fault */
export function decodeTexts(head: Uint8Array, fileBytes: number): SafetensorsFile['metadata'] {
  return parseHeader(head.subarray(LENGTH_BYTES), fileBytes - head.length).metadata
}

function readTensor({ dtype, shape, start, end }: Entry, body: Uint8Array): Tensor {
  const { storage } = DTYPES[dtype]!
  const bytes = new Uint8Array(end - start)
  bytes.set(body.subarray(start, end))
  return { shape, data: new storage(bytes.buffer) }
}

function refuseUnwritable(name: string, { shape, data }: Tensor): void {
  if (name === '__metadata__') throw new RangeError('Cannot write a tensor named "__metadata__": the name is reserved')
  if (elements(shape) !== data.length)
    throw new RangeError(
      `Cannot write tensor "${name}" as [${shape.join()}] is not the shape of ${data.length} elements`,
    )
}

/** By code units, the same everywhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
