import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFlatbuffer, type Table } from './flatbuffer.ts'

const TEXT: Table = ['string']

interface Sizes {
  slotsBytes: number
  tableBytes: number
}

/** A table of one text, "hi". */
function writeTable({ slotsBytes, tableBytes }: Sizes): Uint8Array {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt32LE(12, 0) // the table, whose slots begin at 4
  bytes.writeUInt16LE(slotsBytes, 4)
  bytes.writeUInt16LE(tableBytes, 6)
  bytes.writeUInt16LE(4, 8)
  bytes.writeInt32LE(12 - 4, 12)
  bytes.writeUInt32LE(4, 16) // the text
  bytes.writeUInt32LE(2, 20)
  bytes.write('hi', 24)
  return bytes
}

test('checkFlatbuffer() passes a table that lies within its bytes', () => {
  checkFlatbuffer(writeTable({ slotsBytes: 6, tableBytes: 8 }), TEXT)
})

for (const [what, sizes, words] of [
  ['half a slot, which libraries read', { slotsBytes: 5, tableBytes: 8 }, /8 bytes and 5 of slots/],
  ['more bytes than libraries count', { slotsBytes: 6, tableBytes: 40_000 }, /40000 bytes and 6 of slots/],
  ['slots outside', { slotsBytes: 40, tableBytes: 8 }, /point outside/],
  ['a field behind its end', { slotsBytes: 6, tableBytes: 6 }, /ends before its last field/],
] as const satisfies [string, Sizes, RegExp][])
  test(`checkFlatbuffer() refuses a table with ${what}`, () => {
    assert.throws(() => checkFlatbuffer(writeTable(sizes), TEXT), words)
  })
