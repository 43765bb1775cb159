// FlatBuffers (https://flatbuffers.dev/internals) are read in place: an offset that points outside, or in a circle, is followed. What
// others send is therefore checked as a whole before a library reads any of it.

/** What a slot of a table holds. A union is a table of the kind that the slot before it names. */
export type Slot =
  | { bytes: 1 | 2 | 4 | 8 }
  | 'string'
  | { vector: number }
  | { table: () => Table }
  | { tables: () => Table }
  | { union: Readonly<Record<number, Table>> }
export type Table = readonly Slot[]

const OFFSET_BYTES = 4
const MOST_DEPTH = 64
const TABLE_BYTES = 4
/** Libraries read the sizes of a table with a sign. */
const MOST_TABLE_BYTES = 32_767

/** Checks that a table and all that it holds lie within some bytes. @throws {Error} */
export function checkFlatbuffer(bytes: Uint8Array, table: Table): void {
  if (bytes.length < OFFSET_BYTES) throw new Error(`its metadata are ${bytes.length} bytes`)
  new Checker(bytes).checkTable(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true),
    table,
    0,
  )
}

class Checker {
  readonly #view: DataView
  /** Tables that are not shared have bytes of their own: more of them are the same ones again and again. */
  #tablesLeft: number

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#tablesLeft = bytes.byteLength / TABLE_BYTES
  }

  checkTable(at: number, table: Table, depth: number): void {
    this.#tablesLeft -= 1
    if (this.#tablesLeft < 0 || depth > MOST_DEPTH) throw new Error('tables of its metadata lie in each other')
    this.#checkRange(at, OFFSET_BYTES)
    const slots = at - this.#view.getInt32(at, true)
    this.#checkRange(slots, 4)
    const slotsBytes = this.#view.getUint16(slots, true)
    const tableBytes = this.#view.getUint16(slots + 2, true)
    // Of an odd number a library reads a last slot of one byte and one beyond, which would not be looked at here.
    if (slotsBytes % 2 !== 0 || Math.max(slotsBytes, tableBytes) > MOST_TABLE_BYTES)
      throw new Error(`a table of its metadata has ${tableBytes} bytes and ${slotsBytes} of slots`)
    this.#checkRange(slots, slotsBytes)
    this.#checkRange(at, tableBytes)
    for (const [nth, slot] of table.entries()) {
      const place = this.#findPlace(slots, slotsBytes, nth)
      if (place === 0) continue
      if (place + sizeOf(slot) > tableBytes) throw new Error('a table of its metadata ends before its last field')
      this.#checkSlot(at + place, slot, { depth, kind: this.#readKind(at, slots, slotsBytes, nth - 1) })
    }
  }

  /** Where a field is in its table; 0 where it has its default. */
  #findPlace(slots: number, slotsBytes: number, nth: number): number {
    const at = 4 + 2 * nth
    return at + 2 > slotsBytes ? 0 : this.#view.getUint16(slots + at, true)
  }

  /** The kind that a union is of. */
  #readKind(at: number, slots: number, slotsBytes: number, nth: number): number {
    const place = nth < 0 ? 0 : this.#findPlace(slots, slotsBytes, nth)
    return place === 0 || at + place >= this.#view.byteLength ? 0 : this.#view.getUint8(at + place)
  }

  #checkSlot(at: number, slot: Slot, { depth, kind }: { depth: number; kind: number }): void {
    if (typeof slot === 'object' && 'bytes' in slot) return
    const target = at + this.#view.getUint32(at, true)
    if (slot === 'string') return void this.#checkVector(target, 1)
    if ('vector' in slot) return void this.#checkVector(target, slot.vector)
    if ('table' in slot) return this.checkTable(target, slot.table(), depth + 1)
    if ('union' in slot) return this.checkTable(target, slot.union[kind] ?? [], depth + 1)
    const count = this.#checkVector(target, OFFSET_BYTES)
    for (let nth = 0; nth < count; nth++) {
      const entry = target + OFFSET_BYTES * (1 + nth)
      this.checkTable(entry + this.#view.getUint32(entry, true), slot.tables(), depth + 1)
    }
    return undefined
  }

  /** @returns how many items it has */
  #checkVector(at: number, itemBytes: number): number {
    this.#checkRange(at, OFFSET_BYTES)
    const count = this.#view.getUint32(at, true)
    this.#checkRange(at + OFFSET_BYTES, count * itemBytes)
    return count
  }

  #checkRange(at: number, bytes: number): void {
    if (at < 0 || at + bytes > this.#view.byteLength) throw new Error('its metadata point outside of themselves')
  }
}

function sizeOf(slot: Slot): number {
  return typeof slot === 'object' && 'bytes' in slot ? slot.bytes : OFFSET_BYTES
}
