import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormatError } from '../format_error.ts'
import type { Hdf5File } from './hdf5_format.ts'
import { decodeHdf5, isHdf5 } from './hdf5_read.ts'
import { encodeHdf5 } from './hdf5_write.ts'

const ARRAYS: Hdf5File = {
  'layers/lstm/cell/vars/0': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Infinity, 1e-30) },
  'layers/lstm/cell/vars/1': { shape: [], data: Float64Array.of(0.1) },
  'layers/lstm_1/cell/vars/0': { shape: [0], data: new Float32Array() },
  'unroll/text': { shape: [3], data: Uint8Array.of(1, 2, 255) },
  top: { shape: [1], data: Float32Array.of(7) },
}

test('decodeHdf5() undoes encodeHdf5(), and equal arrays make equal bytes', () => {
  const file = encodeHdf5(ARRAYS)
  assert.ok(isHdf5(file))
  assert.deepEqual(decodeHdf5(file), ARRAYS)
  assert.deepEqual(decodeHdf5(Buffer.from(file)), ARRAYS)
  assert.deepEqual(encodeHdf5(Object.fromEntries(Object.entries(ARRAYS).toReversed())), file)
})

test('encodeHdf5() has as many members in a group as a node holds, and refuses more', () => {
  const many = (count: number): Hdf5File =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`group/${i}`, { shape: [1], data: Float32Array.of(i) }]),
    )
  assert.deepEqual(decodeHdf5(encodeHdf5(many(64))), many(64))
  assert.throws(() => encodeHdf5(many(65)), /a group of 65 members/)
})

test('decodeHdf5() refuses a file that is cut off anywhere', () => {
  const file = encodeHdf5(ARRAYS)
  let refused = 0
  for (let length = 0; length < file.length; length += 7) {
    assert.throws(() => decodeHdf5(file.subarray(0, length)), FormatError)
    refused += 1
  }
  assert.ok(refused > 100)
})

test('decodeHdf5() of a file in which any byte was changed gives arrays or the fault, and nothing else', () => {
  const file = encodeHdf5(ARRAYS)
  let [read, refused] = [0, 0]
  for (let at = 0; at < file.length; at++)
    for (const mask of [0xff, 0x01, 0x80]) {
      const changed = file.slice()
      changed[at]! ^= mask
      try {
        decodeHdf5(changed)
        read += 1
      } catch (error) {
        assert.ok(error instanceof FormatError, `byte ${at}: ${String(error)}`)
        refused += 1
      }
    }
  assert.ok(read > 100 && refused > 100, `${read} read, ${refused} refused`)
})

test('decodeHdf5() refuses groups that hold themselves', () => {
  const file = encodeHdf5({
    'a/b': { shape: [4], data: new Float32Array(4) },
    'a/c': { shape: [4], data: new Float32Array(4) },
  })
  const view = new DataView(file.buffer)
  const root = view.getBigUint64(64, true)
  const symbols = find(file, 'SNOD')
  view.setBigUint64(symbols + 16, root, true) // a/b is the root
  assert.throws(() => decodeHdf5(file), /is part of itself/)
})

/** Where a signature first is. */
function find(file: Uint8Array, signature: string): number {
  return Buffer.from(file.buffer).indexOf(signature)
}
