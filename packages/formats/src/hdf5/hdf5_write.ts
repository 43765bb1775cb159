// Writes arrays in groups as HDF5 that every version of its library reads: groups as symbol tables with one node each, arrays in one
// piece.

import { elements } from '../tensor.ts'
import { MESSAGES, NODE, SIGNATURE, SUPERBLOCK, type Hdf5File, type Hdf5Numbers } from './hdf5_format.ts'

/** Half of the members that a node of a group holds: a model has 16 layers at most, and a few texts. */
const LEAF_K = 32
const INTERNAL_K = 16
const ALIGNMENT = 8
const NOWHERE = 0xffff_ffff_ffff_ffffn
const [TREE_BYTES, SYMBOLS_BYTES] = [24 + (4 * INTERNAL_K + 1) * 8, 8 + 2 * LEAF_K * 40]

type Members = Map<string, Members | Hdf5Numbers>

/** Where a group is. */
interface Place {
  readonly header: number
  readonly tree: number
  readonly heap: number
}

/** @throws {RangeError} when a group has more members than a node holds, or an array has not the elements of its shape */
export function encodeHdf5(arrays: Hdf5File): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  return writer.finish(writer.writeGroup(nest(arrays)))
}

/** Arrays by their paths as groups in groups. */
function nest(arrays: Hdf5File): Members {
  const root: Members = new Map()
  for (const [path, array] of Object.entries(arrays)) {
    const names = path.split('/')
    const last = names.pop()!
    let group = root
    for (const name of names) {
      const inner = group.get(name) ?? new Map<string, Members | Hdf5Numbers>()
      group.set(name, inner)
      group = inner as Members
    }
    group.set(last, array)
  }
  return root
}

class Writer {
  #blocks: Uint8Array[] = []
  #end: number = SUPERBLOCK.bytes

  /** Members first: a group has their addresses. */
  writeGroup(members: Members): Place {
    if (members.size > 2 * LEAF_K)
      throw new RangeError(`Cannot write a group of ${members.size} members: it may have ${2 * LEAF_K}`)
    const named = [...members].map(([name, member]) => [new TextEncoder().encode(name), member] as const)
    const children = named
      .toSorted(([a], [b]) => compare(a, b))
      .map(([name, member]) => ({
        name,
        header: member instanceof Map ? this.writeGroup(member).header : this.#writeArray(member),
      }))
    const { heap, offsets } = this.#writeHeap(children.map(({ name }) => name))
    const symbols = new Block(SYMBOLS_BYTES).text(0, NODE.symbols).u8(4, 1).u16(6, children.length)
    for (const [at, { header }] of children.entries()) symbols.u64(8 + at * 40, offsets[at]!).u64(16 + at * 40, header)
    const symbolsAt = this.#append(symbols)
    const node = new Block(TREE_BYTES)
      .text(0, NODE.tree)
      .u16(6, children.length === 0 ? 0 : 1)
      .u64(8, NOWHERE)
      .u64(16, NOWHERE)
    if (children.length > 0) node.u64(32, symbolsAt).u64(40, offsets.at(-1)!)
    const tree = this.#append(node)
    const table = new Block(16).u64(0, tree).u64(8, heap)
    return { header: this.#writeHeader([[MESSAGES.symbolTable, table]]), tree, heap }
  }

  finish({ header, tree, heap }: Place): Uint8Array<ArrayBuffer> {
    const file = new Uint8Array(this.#end)
    const superblock = new Block(SUPERBLOCK.bytes)
      .u8(SUPERBLOCK.offsetSize, 8)
      .u8(SUPERBLOCK.lengthSize, 8)
      .u16(SUPERBLOCK.leafK, LEAF_K)
      .u16(SUPERBLOCK.internalK, INTERNAL_K)
      .u64(SUPERBLOCK.freeSpace, NOWHERE)
      .u64(SUPERBLOCK.end, this.#end)
      .u64(SUPERBLOCK.driver, NOWHERE)
      .u64(SUPERBLOCK.root, header)
      .u8(SUPERBLOCK.rootCache, 1)
      .u64(SUPERBLOCK.rootTree, tree)
      .u64(SUPERBLOCK.rootHeap, heap)
    superblock.bytes.set(SIGNATURE)
    file.set(superblock.bytes)
    let at: number = SUPERBLOCK.bytes
    for (const block of this.#blocks) {
      file.set(block, at)
      at += align(block.length)
    }
    return file
  }

  #writeHeap(names: readonly Uint8Array[]): { heap: number; offsets: readonly number[] } {
    let end = ALIGNMENT // the empty name
    const offsets = names.map((name) => {
      const start = end
      end += align(name.length + 1)
      return start
    })
    const data = new Block(end)
    for (const [at, name] of names.entries()) data.bytes.set(name, offsets[at])
    const dataAt = this.#append(data)
    const NO_FREE = 1
    const heap = new Block(32).text(0, NODE.heap).u64(8, end).u64(16, NO_FREE).u64(24, dataAt)
    return { heap: this.#append(heap), offsets }
  }

  #writeArray({ shape, data }: Hdf5Numbers): number {
    if (elements(shape) !== data.length)
      throw new RangeError(`Cannot write an array as [${shape.join()}] is not the shape of ${data.length} elements`)
    const start = this.#append({ bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })
    const space = new Block(8 + 8 * shape.length).u8(0, 1).u8(1, shape.length)
    for (const [axis, size] of shape.entries()) space.u64(8 + 8 * axis, size)
    return this.#writeHeader([
      [MESSAGES.dataspace, space],
      [MESSAGES.datatype, describeType(data)],
      [MESSAGES.fillValue, new Block(8).u8(0, 2).u8(1, 2).u8(2, 2)],
      [MESSAGES.layout, new Block(24).u8(0, 3).u8(1, 1).u64(2, start).u64(10, data.byteLength)],
    ])
  }

  #writeHeader(messages: readonly (readonly [type: number, block: Block])[]): number {
    const bytes = messages.reduce((sum, [, block]) => sum + 8 + block.bytes.length, 0)
    const header = new Block(16 + bytes).u8(0, 1).u16(2, messages.length).u8(4, 1).u16(8, bytes)
    let at = 16
    for (const [type, block] of messages) {
      header.u16(at, type).u16(at + 2, block.bytes.length)
      header.bytes.set(block.bytes, at + 8)
      at += 8 + block.bytes.length
    }
    return this.#append(header)
  }

  #append({ bytes }: Pick<Block, 'bytes'>): number {
    const at = this.#end
    this.#blocks.push(bytes)
    this.#end += align(bytes.length)
    return at
  }
}

/** IEEE floats and bytes, the lowest byte first. */
function describeType(data: Hdf5Numbers['data']): Block {
  if (data instanceof Uint8Array) return new Block(16).u8(0, 0x10).u8(4, 1).u16(10, 8)
  const [bits, exponent, mantissa, bias] =
    data instanceof Float32Array ? ([32, 8, 23, 127] as const) : ([64, 11, 52, 1023] as const)
  const IMPLIED_BIT = 0x20
  return new Block(24)
    .u8(0, 0x11)
    .u8(1, IMPLIED_BIT)
    .u8(2, bits - 1)
    .u8(4, bits / 8)
    .u16(10, bits)
    .u8(12, mantissa)
    .u8(13, exponent)
    .u8(15, mantissa)
    .u16(16, bias)
}

/** Zeros in which numbers are set. */
class Block {
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(length: number) {
    this.bytes = new Uint8Array(align(length))
    this.#view = new DataView(this.bytes.buffer)
  }

  u8(at: number, value: number): this {
    this.#view.setUint8(at, value)
    return this
  }

  u16(at: number, value: number): this {
    this.#view.setUint16(at, value, true)
    return this
  }

  u64(at: number, value: number | bigint): this {
    this.#view.setBigUint64(at, BigInt(value), true)
    return this
  }

  text(at: number, value: string): this {
    this.bytes.set(new TextEncoder().encode(value), at)
    return this
  }
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

/** By bytes, as the library searches. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1)
}
