// The compact protocol of Thrift (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), as Parquet
// uses it: what others send is read whole, with bounds, before a library reads any of it.

export type Thrift = number | boolean | Uint8Array | readonly Thrift[] | Struct
/** Fields by their numbers. */
export type Struct = ReadonlyMap<number, Thrift>

const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12,
] as const
const MOST_DEPTH = 32
/** Of a number of 64 bits, seven in each byte. */
const MOST_VARINT_BYTES = 10
/** A length of four bits that follows as a number. */
const LONG = 15

/** Reads what lies between two places of some bytes. */
export class ThriftReader {
  readonly #view: DataView
  readonly #end: number
  at: number

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = end
    this.at = at
  }

  /** @throws {Error} where it does not end within its bytes, or is no Thrift */
  readStruct(depth = 0): Struct {
    if (depth > MOST_DEPTH) throw new Error(`its Thrift lies deeper than ${MOST_DEPTH} in itself`)
    const fields = new Map<number, Thrift>()
    let field = 0
    for (;;) {
      const head = this.#readByte()
      const type = head & 15
      if (type === STOP) return fields
      const step = head >> 4
      field = step === 0 ? this.#readSigned() : field + step
      fields.set(field, this.#readValue(type, depth))
    }
  }

  #readValue(type: number, depth: number): Thrift {
    if (type === TRUE || type === FALSE) return type === TRUE
    if (type === BYTE) return (this.#readByte() << 24) >> 24
    if (type === I16 || type === I32 || type === I64) return this.#readSigned()
    if (type === DOUBLE) return this.#view.getFloat64(this.#skip(8), true)
    if (type === BINARY) {
      const length = this.#readVarint()
      const at = this.#skip(length)
      return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length)
    }
    if (type === LIST) return this.#readList(depth + 1)
    if (type === STRUCT) return this.readStruct(depth + 1)
    throw new Error(`its Thrift has a value of type ${type} at byte ${this.at}`)
  }

  #readList(depth: number): readonly Thrift[] {
    if (depth > MOST_DEPTH) throw new Error(`its Thrift lies deeper than ${MOST_DEPTH} in itself`)
    const head = this.#readByte()
    const type = (head & 15) === FALSE || (head & 15) === TRUE ? BYTE : head & 15 // a byte in a list
    const count = head >> 4 === LONG ? this.#readVarint() : head >> 4
    this.#check(count) // each takes a byte at least
    return Array.from({ length: count }, () => this.#readValue(type, depth))
  }

  #readSigned(): number {
    const zigzag = this.#readVarint()
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }

  #readVarint(): number {
    let value = 0
    for (let nth = 0; nth < MOST_VARINT_BYTES; nth++) {
      const byte = this.#readByte()
      value += (byte & 127) * 128 ** nth
      if (byte < 128) return value
    }
    throw new Error(`its Thrift has a number of more than ${MOST_VARINT_BYTES} bytes at byte ${this.at}`)
  }

  #readByte(): number {
    return this.#view.getUint8(this.#skip(1))
  }

  #skip(bytes: number): number {
    this.#check(bytes)
    this.at += bytes
    return this.at - bytes
  }

  #check(bytes: number): void {
    if (this.at + bytes > this.#end) throw new Error(`its Thrift has ${bytes} bytes at byte ${this.at}, beyond its end`)
  }
}

/** A struct of numbers and structs, by the numbers of their fields. */
export type Fields = readonly (readonly [field: number, value: number | Fields])[]

/** @param struct the fields in order, each at most 15 after the one before; numbers are at least 0 */
export function writeStruct(struct: Fields): number[] {
  let last = 0
  const bytes = struct.flatMap(([field, value]) => {
    const step = field - last
    last = field
    return typeof value === 'number'
      ? [(step << 4) | I32, ...writeVarint(2 * value)]
      : [(step << 4) | STRUCT, ...writeStruct(value)]
  })
  return [...bytes, STOP]
}

function writeVarint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...writeVarint(Math.floor(value / 128))]
}
