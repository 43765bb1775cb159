import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  Float64,
  List,
  Field,
  Utf8View,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  vectorFromArray,
  Table,
} from 'apache-arrow'
import { ingest } from '../ingest.ts'
import { inChunks } from '../testing/ingested.ts'
import { cellReader } from './arrow_cells.ts'
import { readMessages } from './arrow_messages.ts'
import { decompressLz4Frame } from './lz4_frame.ts'

const FOOTER_BYTES = 10

function makeTable(): Table {
  const list = vectorFromArray([[1, 2], [3], null, [4, 5, 6]], new List(new Field('item', new Float64(), true)))
  return tableFromArrays({ id: Int32Array.of(1, 2, 3, 4), name: ['a', 'b', null, 'd'] }).assign(new Table({ list }))
}

/** The messages that are read of some bytes, one behind the other. */
async function readAll(bytes: Uint8Array): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-arrow-'))
  const path = join(folder, 'upload')
  writeFileSync(path, bytes)
  const file = await open(path)
  try {
    const parts: Uint8Array[] = []
    for await (const part of readMessages(file)) parts.push(part)
    return Buffer.concat(parts)
  } finally {
    await file.close()
    rmSync(folder, { recursive: true })
  }
}

test('readMessages() hands on what a stream and a file have, as a stream', async () => {
  const table = makeTable()
  const rows = JSON.stringify(table.toArray())
  for (const format of ['stream', 'file'] as const) {
    const read = tableFromIPC(await readAll(tableToIPC(table, format)))
    assert.equal(JSON.stringify(read.toArray()), rows, format)
  }
})

test('readMessages() refuses a file that is cut off anywhere, and a stream unless it is cut between two messages', async () => {
  let refused = 0
  for (const format of ['stream', 'file'] as const) {
    const whole = tableToIPC(makeTable(), format)
    for (let length = 9; length < whole.length; length += 13) {
      const part = whole.subarray(0, length)
      const read = await readAll(part).catch((error: unknown) => error)
      if (read instanceof Error) refused += 1
      else assert.deepEqual([format, read], ['stream', Buffer.from(part)], `${format} of ${length} bytes`)
    }
  }
  assert.ok(refused > 100, `${refused} refused`)
})

/** Where a number of eight bytes stands in some bytes. */
function findLong(bytes: Uint8Array, value: bigint): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: (bytes.length >> 3) - 1 }, (_, at) => 8 * at).filter(
    (at) => view.getBigInt64(at, true) === value,
  )
}

test('readMessages() refuses a batch with more values than its bytes have, and a buffer outside of its body', async () => {
  const whole = tableToIPC(makeTable(), 'stream')
  const places = findLong(whole, 4n)
  assert.ok(places.length > 0)
  for (const value of [2n ** 40n, -1n, 2n ** 50n]) {
    for (const at of places) {
      const changed = Buffer.from(whole)
      changed.writeBigInt64LE(value, at)
      await assert.rejects(readAll(changed), /a batch of|a buffer of|a body of|of [\d-]+ bytes/, `${value} at ${at}`)
    }
  }
})

test('readMessages() refuses a batch with more buffers of views than it lists', async () => {
  const texts = vectorFromArray(['longer than a view holds', 'and another text'], new Utf8View())
  const whole = tableToIPC(new Table({ texts }), 'stream')
  assert.ok((await readAll(whole)).length > 0)
  const told: string[] = []
  for (const at of findLong(whole, 1n)) {
    const changed = Buffer.from(whole)
    changed.writeBigInt64LE(9n, at)
    await readAll(changed).catch((error: Error) => told.push(error.message))
  }
  assert.ok(told.includes('a batch of 3 buffers has 9 of them for columns of views'), told.join())
})

test('readMessages() refuses a file whose footer is longer than the file', async () => {
  const whole = Buffer.from(tableToIPC(makeTable(), 'file'))
  for (const length of [-1, whole.length, 2 ** 31 - 1]) {
    whole.writeInt32LE(length, whole.length - FOOTER_BYTES)
    await assert.rejects(readAll(whole), /footer/)
  }
})

test('ingest() refuses Arrow IPC without a schema', async () => {
  for (const bytes of [Buffer.alloc(4), Buffer.alloc(8), Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])])
    await assert.rejects(ingest(inChunks(bytes), { format: 'arrow' }).next(), { code: 'DATASET_INVALID' })
})

test('cellReader() refuses ends of values that go back, or beyond what there is', () => {
  for (const ends of [
    [0, 2, 1, 3],
    [0, 9, 9, 9],
    [-1, 0, 1, 2],
    [0, 1],
  ]) {
    const vector = vectorFromArray([[1], [2], [3]], new List(new Field('item', new Float64(), true)))
    const [data] = vector.data
    assert.ok(data !== undefined)
    const changed = Object.assign(Object.create(data) as typeof data, { valueOffsets: Int32Array.from(ends) })
    assert.throws(() => cellReader(new Field('x', vector.type, true), changed), /a value of a column ends at/)
  }
})

/** "abcabcabcabc!" as a match of distance 3, and eight bytes as they are, in two blocks. */
const FRAME = Buffer.concat([
  Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]),
  Buffer.from([8, 0, 0, 0, 0x35, 97, 98, 99, 3, 0, 0x10, 33]),
  Buffer.from([8, 0, 0, 0x80, 1, 2, 3, 4, 5, 6, 7, 8]),
  Buffer.alloc(4),
])
const UNPACKED = Buffer.concat([Buffer.from('abcabcabcabc!'), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])])

test('decompressLz4Frame() repeats what a match names, and refuses a frame of another length or that is damaged', () => {
  assert.deepEqual(Buffer.from(decompressLz4Frame(FRAME, UNPACKED.length)), UNPACKED)
  for (const length of [0, UNPACKED.length - 1, UNPACKED.length + 1])
    assert.throws(() => decompressLz4Frame(FRAME, length), /bytes/)
  for (let length = 0; length < FRAME.length; length++)
    assert.throws(
      () => decompressLz4Frame(FRAME.subarray(0, length), UNPACKED.length),
      /a compressed buffer/,
      `${length}`,
    )
  const far = Buffer.from(FRAME)
  far.writeUInt16LE(4, 15)
  assert.throws(() => decompressLz4Frame(far, UNPACKED.length), /repeats what is 4 bytes before/)
})
