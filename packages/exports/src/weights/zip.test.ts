import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { FormatError } from '@unroll/formats'
import { isZip, unzipEntry } from './zip.ts'

const NAME = 'model.weights.h5'
const CONTENT = Buffer.from('weights '.repeat(20))

/** A zip of two files, as zipfile of Python writes it. */
function zip(method: 0 | 8, content = CONTENT): Buffer {
  const entries = [
    ['config.json', Buffer.from('{}')],
    [NAME, content],
  ] as const
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const [name, data] of entries) {
    const packed = method === 0 ? data : deflateRawSync(data)
    const fields = Buffer.alloc(22)
    fields.writeUInt16LE(method, 4)
    fields.writeUInt32LE(crc32(data), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(data.length, 18)
    const lengths = Buffer.alloc(4)
    lengths.writeUInt16LE(name.length, 0)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, lengths, Buffer.from(name), packed])
    locals.push(local)
    centrals.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.alloc(2), fields, lengths, place, Buffer.from(name)]),
    )
    offset += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...centrals, end])
}

for (const method of [0, 8] as const) {
  test(`unzipEntry() gives a file that is packed by method ${method}, and refuses it changed or cut off anywhere`, () => {
    const file = zip(method)
    assert.ok(isZip(file))
    assert.deepEqual(Buffer.from(unzipEntry(file, NAME)), CONTENT)
    let refused = 0
    for (let length = 0; length < file.length; length++) {
      assert.throws(() => unzipEntry(file.subarray(0, length), NAME), FormatError)
      refused += 1
    }
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file)
      changed[at]! ^= 0x41
      try {
        assert.deepEqual(Buffer.from(unzipEntry(changed, NAME)), CONTENT, 'what is read is what was written')
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error))
        refused += 1
      }
    }
    assert.ok(refused > file.length)
  })
}

test('unzipEntry() refuses a file that is not there, and one that would unpack to more than is said', () => {
  assert.throws(() => unzipEntry(zip(0), 'absent'), /it has no "absent"/)
  const bomb = zip(8, Buffer.alloc(1_000_000))
  const central = bomb.lastIndexOf('PK\x01\x02')
  bomb.writeUInt32LE(10, central + 24)
  assert.throws(() => unzipEntry(bomb, NAME), /does not unpack/)
  bomb.writeUInt32LE(0xffff_ffff, central + 24)
  assert.throws(() => unzipEntry(bomb, NAME), /at most 1073741824 are read/)
})
