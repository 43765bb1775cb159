// Reads the part of HDF5 that Keras writes weights in: groups as symbol tables, and arrays that lie in one piece. The file is not
// trusted: every address is checked, nothing is visited twice, and arrays together are no longer than the file.
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t11.html

import { FormatError } from '../format_error.ts'
import { elements } from '../tensor.ts'
import { MESSAGES, NODE, SIGNATURE, SUPERBLOCK, type Hdf5File, type Hdf5Numbers } from './hdf5_format.ts'

/** Deeper than any model is. */
const MOST_DEPTH = 32
const MOST_OBJECTS = 100_000

/** @throws {FormatError} with the fault */
export function decodeHdf5(file: Uint8Array): Hdf5File {
  return new Reader(file).read()
}

/** Whether a file begins as HDF5 does. */
export function isHdf5(file: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => file[at] === byte)
}

interface Message {
  readonly type: number
  readonly at: number
}

class Reader {
  readonly #file: Uint8Array
  readonly #view: DataView
  readonly #seen = new Set<number>()
  readonly #arrays: Record<string, Hdf5Numbers> = {}
  #read = 0

  constructor(file: Uint8Array) {
    this.#file = file
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  }

  read(): Hdf5File {
    const version = this.#byte(SUPERBLOCK.version)
    if (version !== 0)
      throw refused(`its superblock has version ${version}: version 0 is read, which h5py and Keras write by default`)
    if (this.#byte(SUPERBLOCK.offsetSize) !== 8 || this.#byte(SUPERBLOCK.lengthSize) !== 8)
      throw refused('its addresses must have 8 bytes')
    const end = this.#address(SUPERBLOCK.end)
    if (end !== this.#file.length) throw refused(`it must have ${end} bytes: it has ${this.#file.length}`)
    this.#visit(this.#address(SUPERBLOCK.root), '', 0)
    return this.#arrays
  }

  /** Reads a group with all in it, or an array. */
  #visit(header: number, path: string, depth: number): void {
    if (depth > MOST_DEPTH) throw refused('its groups are nested too deeply')
    this.#markSeen(header)
    const messages = this.#messages(header)
    const table = messages.find(({ type }) => type === MESSAGES.symbolTable)
    if (table === undefined) return this.#readArray(messages, path)
    const heap = this.#heap(this.#address(table.at + 8))
    for (const [name, child] of this.#entries(this.#address(table.at), heap))
      this.#visit(child, path === '' ? name : `${path}/${name}`, depth + 1)
  }

  /** Messages of an object header of version 1, with those of its continuations. */
  #messages(header: number): readonly Message[] {
    const version = this.#byte(header)
    if (version !== 1) throw refused(`the object at byte ${header} has version ${version}: version 1 is read`)
    const found: Message[] = []
    const blocks: [start: number, bytes: number][] = [[header + 16, this.#u32(header + 8)]]
    for (const [start, bytes] of blocks) {
      const end = start + bytes
      let at = start
      while (at + 8 <= end) {
        const [type, size] = [this.#u16(at), this.#u16(at + 2)]
        const data = at + 8
        at = data + size
        if (at > end) throw refused(`a message at byte ${data} is longer than its block`)
        if (type === MESSAGES.continuation) {
          const next = this.#address(data)
          this.#markSeen(next)
          blocks.push([next, this.#address(data + 8)])
        } else found.push({ type, at: data })
        if (found.length > MOST_OBJECTS) throw refused('an object has too many messages')
      }
    }
    return found
  }

  /** Names and object headers below a node of a group's tree. */
  *#entries(node: number, heap: number): Generator<[name: string, header: number]> {
    this.#markSeen(node)
    if (this.#signature(node) === NODE.symbols) {
      const count = this.#u16(node + 6)
      for (let entry = 0; entry < count; entry++) {
        const at = node + 8 + entry * 40
        yield [this.#name(heap + this.#address(at)), this.#address(at + 8)]
      }
      return
    }
    if (this.#signature(node) !== NODE.tree) throw refused(`there is no node of a group at byte ${node}`)
    const count = this.#u16(node + 6)
    for (let child = 0; child < count; child++) yield* this.#entries(this.#address(node + 32 + child * 16), heap)
  }

  /** Where the names of a heap begin. */
  #heap(at: number): number {
    if (this.#signature(at) !== NODE.heap) throw refused(`there are no names at byte ${at}`)
    return this.#address(at + 24)
  }

  #readArray(messages: readonly Message[], path: string): void {
    const find = (type: number) => messages.find((message) => message.type === type)?.at
    const [space, datatype, layout] = [MESSAGES.dataspace, MESSAGES.datatype, MESSAGES.layout].map(find)
    if (space === undefined || datatype === undefined || layout === undefined) return // such as a named type
    const make = this.#arrayType(datatype, path)
    if (make === undefined) return
    const shape = this.#shape(space)
    const data = this.#data(layout, path)
    const wanted = elements(shape) * make.BYTES_PER_ELEMENT
    if (data.length !== wanted)
      throw refused(`array "${path}" of [${shape.join()}] must have ${wanted} bytes: it has ${data.length}`)
    this.#arrays[path] = { shape, data: new make(Uint8Array.from(data).buffer) } // a copy, and so aligned
  }

  /** Of the types that are read; undefined for whole numbers, such as the state of a generator, which are no weights. */
  #arrayType(
    at: number,
    path: string,
  ): ((new (buffer: ArrayBuffer) => Hdf5Numbers['data']) & { BYTES_PER_ELEMENT: number }) | undefined {
    const [kind, order, size] = [this.#byte(at) & 0x0f, this.#byte(at + 1) & 1, this.#u32(at + 4)]
    if (kind === 0 && size === 1) return Uint8Array
    if (kind !== 1) return undefined
    if (order === 0 && size === 4) return Float32Array
    if (order === 0 && size === 8) return Float64Array
    throw refused(
      `array "${path}" has floats of ${size} bytes${order === 0 ? '' : ', the highest first'}: float32 and float64 are read, the lowest byte first`,
    )
  }

  #shape(at: number): number[] {
    const [version, rank] = [this.#byte(at), this.#byte(at + 1)]
    if (version !== 1 && version !== 2) throw refused(`a shape has version ${version}`)
    return Array.from({ length: rank }, (_, axis) => this.#address(at + (version === 1 ? 8 : 4) + axis * 8))
  }

  #data(at: number, path: string): Uint8Array {
    const [version, kind] = [this.#byte(at), this.#byte(at + 1)]
    if (version !== 3 || kind !== 1)
      throw refused(
        `array "${path}" must lie in one piece: it is in chunks, compressed, or laid out as version ${version} says`,
      )
    const [start, length] = [this.#address(at + 2, true), this.#address(at + 10)]
    if (length === 0) return new Uint8Array()
    this.#read += length
    if (start + length > this.#file.length || this.#read > this.#file.length)
      throw refused(
        `array "${path}" of ${length} bytes at byte ${start} does not fit into the file, or overlaps others`,
      )
    return this.#file.subarray(start, start + length)
  }

  #name(at: number): string {
    const end = this.#file.indexOf(0, at)
    if (end <= at || at < 0) throw refused(`there is no name at byte ${at}`)
    return new TextDecoder().decode(this.#file.subarray(at, end))
  }

  #markSeen(at: number): void {
    if (this.#seen.has(at)) throw refused(`what is at byte ${at} is part of itself`)
    this.#seen.add(at)
    if (this.#seen.size > MOST_OBJECTS) throw refused('it has too many objects')
  }

  #signature(at: number): string {
    return String.fromCharCode(...[0, 1, 2, 3].map((next) => this.#byte(at + next)))
  }

  #byte(at: number): number {
    return this.#within(at, 1).getUint8(at)
  }

  #u16(at: number): number {
    return this.#within(at, 2).getUint16(at, true)
  }

  #u32(at: number): number {
    return this.#within(at, 4).getUint32(at, true)
  }

  /** @param mayBeNone whether it may be the address of nothing, as that of an array without elements */
  #address(at: number, mayBeNone = false): number {
    const value = this.#within(at, 8).getBigUint64(at, true)
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    if (mayBeNone) return 0
    throw refused(`byte ${at} says ${value}, which is no place in the file`)
  }

  #within(at: number, bytes: number): DataView {
    if (at < 0 || at + bytes > this.#file.length)
      throw refused(`it goes on at byte ${at}, and ends at ${this.#file.length}`)
    return this.#view
  }
}

function refused(why: string): FormatError {
  return new FormatError(`Cannot read HDF5 as ${why}`)
}
