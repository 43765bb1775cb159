import type { FileHandle } from 'node:fs/promises'

/** An array of NumPy in a file. */
export interface NpyArray {
  shape: readonly number[]
  type: ElementType
  /** Whether the first index changes fastest, as in what `np.save(w.T)` writes. */
  isFortran: boolean
  file: FileHandle
  /** Where its elements start in the file. */
  start: number
}

type Read = (view: DataView, at: number, isLittle: boolean) => number | string

export interface ElementType {
  bytes: number
  isLittle: boolean
  isText: boolean
  read: Read
}

const NUMBERS: Readonly<Record<string, Read>> = {
  f2: (view, at, isLittle) => fromHalf(view.getUint16(at, isLittle)),
  f4: (view, at, isLittle) => view.getFloat32(at, isLittle),
  f8: (view, at, isLittle) => view.getFloat64(at, isLittle),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, isLittle) => view.getInt16(at, isLittle),
  i4: (view, at, isLittle) => view.getInt32(at, isLittle),
  i8: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, isLittle) => view.getUint16(at, isLittle),
  u4: (view, at, isLittle) => view.getUint32(at, isLittle),
  u8: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
  b1: (view, at) => view.getUint8(at),
}

const MAGIC = '\u0093NUMPY'
const MOST_HEADER_BYTES = 2 ** 16
const CHARACTER_BYTES = 4
/** The largest code point of Unicode. */
const LAST_POINT = 0x10ffff
const NO_CHARACTER = '\ufffd'

/** @throws {Error} that says what the file must be */
export async function openNpy(file: FileHandle): Promise<NpyArray> {
  const head = Buffer.alloc(12)
  await file.read(head, 0, head.length, 0)
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('it does not begin as a file of np.save does')
  const isFirst = head[MAGIC.length] === 1
  const length = isFirst ? head.readUInt16LE(8) : head.readUInt32LE(8)
  if (length > MOST_HEADER_BYTES) throw new Error(`its header has ${length} bytes`)
  const text = Buffer.alloc(length)
  const headerStart = isFirst ? 10 : 12
  await file.read(text, 0, length, headerStart)
  const header = text.toString('latin1')
  const [, descr] = /'descr':\s*'([^']*)'/.exec(header) ?? []
  const [, fortran] = /'fortran_order':\s*(True|False)/.exec(header) ?? []
  const [, sizes] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? []
  if (descr === undefined || sizes === undefined) throw new Error('it has no array of one type')
  const shape = readShape(sizes)
  const type = elementType(descr)
  const start = headerStart + length
  const { size } = await file.stat()
  const needed = start + type.bytes * shape.reduce((product, each) => product * each, 1)
  if (size < needed) throw new Error(`it ends after ${size} bytes of ${needed}`)
  return { shape, type, isFortran: fortran === 'True', file, start }
}

function readShape(sizes: string): number[] {
  const texts = sizes.split(',').map((size) => size.trim())
  if (texts.at(-1) === '') texts.pop() // as in (3,)
  const odd = texts.find((size) => !/^\d{1,15}$/.test(size))
  if (odd !== undefined) throw new Error(`its shape is (${sizes.slice(0, 100)}); sizes must be whole numbers`)
  return texts.map(Number)
}

/**
 * Elements of the rows [from, to) of the first dimension, in C order.
 *
 * @param bytes room for them as they lie in the file
 */
export async function readRows(
  { shape, type, isFortran, file, start }: NpyArray,
  from: number,
  to: number,
): Promise<DataView> {
  const [rows = 1, ...others] = shape
  const perRow = others.reduce((product, size) => product * size, 1)
  const bytes = new Uint8Array((to - from) * perRow * type.bytes)
  if (!isFortran) {
    await file.read(bytes, 0, bytes.length, start + from * perRow * type.bytes)
    return new DataView(bytes.buffer)
  }
  const run = new Uint8Array((to - from) * type.bytes)
  for (let at = 0; at < perRow; at++) {
    const place = fortranPlace(at, others)
    await file.read(run, 0, run.length, start + (place * rows + from) * type.bytes)
    for (let row = 0; row < to - from; row++)
      bytes.set(run.subarray(row * type.bytes, (row + 1) * type.bytes), (row * perRow + at) * type.bytes)
  }
  return new DataView(bytes.buffer)
}

/** Where the element at a place of C order is in Fortran's. */
function fortranPlace(at: number, sizes: readonly number[]): number {
  let [place, rest] = [0, at]
  let stride = sizes.reduce((product, size) => product * size, 1)
  for (let dimension = sizes.length - 1; dimension >= 0; dimension--) {
    const size = sizes[dimension] ?? 1
    stride /= size
    place += (rest % size) * stride
    rest = Math.floor(rest / size)
  }
  return place
}

function elementType(descr: string): ElementType {
  const [, order = '|', kind = '', size = ''] = /^([<>|=])?([a-zA-Z])(\d*)/.exec(descr) ?? []
  if (kind === 'O')
    throw new Error(
      'it is an array of objects (pickle); save one padded array, with "lengths" beside it in an .npz, or use JSONL or Parquet',
    )
  const isLittle = order !== '>'
  if (kind === 'U')
    return { bytes: Number(size) * CHARACTER_BYTES, isLittle, isText: true, read: readUnicode(Number(size)) }
  if (kind === 'S') return { bytes: Number(size), isLittle, isText: true, read: readBytes(Number(size)) }
  const read = NUMBERS[kind + size]
  if (read === undefined) throw new Error(`its elements are ${descr}; save it as float64, float32 or int64`)
  return { bytes: Number(size), isLittle, isText: false, read }
}

function readUnicode(length: number): Read {
  return (view, at, isLittle) => {
    let text = ''
    for (let character = 0; character < length; character++) {
      const point = view.getUint32(at + character * CHARACTER_BYTES, isLittle)
      if (point === 0) break
      text += point <= LAST_POINT ? String.fromCodePoint(point) : NO_CHARACTER
    }
    return text
  }
}

function readBytes(length: number): Read {
  return (view, at) =>
    Buffer.from(view.buffer, view.byteOffset + at, length)
      .toString('utf8')
      .replace(/\0+$/, '')
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
