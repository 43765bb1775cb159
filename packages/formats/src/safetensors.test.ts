import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormatError, decodeSafetensors, encodeSafetensors, type NamedTensors } from './index.ts'

/** A file put together by hand from the format's description. */
function fileOf(header: string, body: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header)
  const length = [json.length & 0xff, json.length >> 8, 0, 0, 0, 0, 0, 0]
  return Uint8Array.from([...length, ...json, ...body])
}

// 8 + 120 bytes, so no padding: a [2] F32 of 1 and -2, then b [] I32 of 7.
const GOLDEN = fileOf(
  '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I32","shape":[],"data_offsets":[8,12]}}'.padEnd(
    120,
  ),
  [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 7, 0, 0, 0],
)
const OF_GOLDEN: NamedTensors = {
  b: { shape: [], data: Int32Array.of(7) },
  a: { shape: [2], data: Float32Array.of(1, -2) },
}

test('decodeSafetensors() reads a file made by hand after the description of the format', () => {
  assert.deepEqual(decodeSafetensors(GOLDEN), { tensors: OF_GOLDEN, metadata: {} })
})

test('encodeSafetensors() writes that file but for the width of its padding', () => {
  const written = encodeSafetensors(OF_GOLDEN)
  const header = 107 + 5 // the next multiple of 8 behind its 8 bytes of length
  assert.equal(new DataView(written.buffer).getBigUint64(0, true), BigInt(header))
  assert.equal(String.fromCharCode(...written.subarray(8, 8 + 107)), String.fromCharCode(...GOLDEN.subarray(8, 115)))
  assert.deepEqual(
    [...written.subarray(8 + 107, 8 + header)],
    Array.from({ length: 5 }, () => 0x20),
  )
  assert.deepEqual(written.subarray(8 + header), GOLDEN.subarray(128))
})

test('encodeSafetensors() and back keep every bit of every type, names of any kind and metadata', () => {
  const nan = new Float32Array(new Uint32Array([0x7fc00001]).buffer) // a NaN with a payload
  const tensors: NamedTensors = {
    'layers.0.Wx': { shape: [1], data: nan },
    'moments.µ "x"': { shape: [2, 2], data: Float64Array.of(-0, Infinity, -Infinity, 5e-324) },
    __proto__x: { shape: [3], data: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
    step: { shape: [1, 1], data: BigInt64Array.of(-(2n ** 63n)) },
    empty: { shape: [0, 4], data: new Float32Array() },
  }
  const { tensors: read, metadata } = decodeSafetensors(encodeSafetensors(tensors, { format: 'unroll' }))
  assert.deepEqual(metadata, { format: 'unroll' })
  assert.deepEqual(Object.keys(read).toSorted(), Object.keys(tensors).toSorted())
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    assert.deepEqual(read[name]?.shape, shape)
    assert.deepEqual(new Uint8Array(read[name]?.data.buffer as ArrayBuffer), new Uint8Array(data.buffer as ArrayBuffer))
  }
})

test('encodeSafetensors() makes the same bytes of the same tensors, in whatever order they come, each aligned', () => {
  const a = { shape: [3], data: Float32Array.of(1, 2, 3) }
  const b = { shape: [1], data: Float64Array.of(4) }
  assert.deepEqual(encodeSafetensors({ a, b }), encodeSafetensors({ b, a }))
  const { tensors } = decodeSafetensors(encodeSafetensors({ a, b }))
  assert.deepEqual(Object.keys(tensors), ['b', 'a'], 'the wider type first')
})

test('decodeSafetensors() reads a view into a larger buffer', () => {
  const larger = new Uint8Array(GOLDEN.length + 3)
  larger.set(GOLDEN, 3)
  assert.deepEqual(decodeSafetensors(larger.subarray(3)).tensors, OF_GOLDEN)
})

const ENTRY = (fields: string) => `{"a":{${fields}}}`
const REFUSED: [what: string, file: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(), /at least 8 bytes: it has 0/],
  ['a header longer than the file', fileOf('{}').subarray(0, 9), /header has 2 bytes and the file 1 after it/],
  ['an absurd length', Uint8Array.from({ length: 9 }, () => 255), /header has 18446744073709551615 bytes/],
  ['a header that is no object', fileOf('[]'), /must begin with "{"/],
  ['a header that is no JSON', fileOf('{"a"'), /is not JSON/],
  ['a header that is not UTF-8', Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d]), /is not JSON/],
  ['metadata that is no text', fileOf('{"__metadata__":{"x":1}}'), /__metadata__ must hold texts/],
  ['a tensor that is no object', fileOf('{"a":1}'), /tensor "a" must be an object/],
  [
    'an unknown type',
    fileOf(ENTRY('"dtype":"F8_E4M3","shape":[],"data_offsets":[0,1]'), [0]),
    /dtype of tensor "a".*F8_E4M3/,
  ],
  [
    'a type by the name of a method',
    fileOf(ENTRY('"dtype":"toString","shape":[],"data_offsets":[0,0]')),
    /dtype of tensor/,
  ],
  [
    'a negative size',
    fileOf(ENTRY('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'), [0, 0, 0, 0]),
    /shape of tensor "a"/,
  ],
  ['one offset', fileOf(ENTRY('"dtype":"F32","shape":[0],"data_offsets":[0]')), /two data_offsets/],
  [
    'offsets in the wrong order',
    fileOf(ENTRY('"dtype":"F32","shape":[1],"data_offsets":[4,0]'), [0, 0, 0, 0]),
    /must have 4 bytes: it has -4/,
  ],
  [
    'fewer bytes than the shape says',
    fileOf(ENTRY('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), [0, 0, 0, 0]),
    /must have 8 bytes: it has 4/,
  ],
  [
    'a shape beyond any number',
    fileOf(ENTRY('"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]')),
    /must have/,
  ],
  ['a hole', fileOf(ENTRY('"dtype":"F32","shape":[1],"data_offsets":[1,5]'), [0, 0, 0, 0, 0]), /starts at byte 1/],
  [
    'bytes behind the last tensor',
    fileOf(ENTRY('"dtype":"F32","shape":[1],"data_offsets":[0,4]'), [0, 0, 0, 0, 0]),
    /4 bytes and 5 follow/,
  ],
  ['a file cut short', GOLDEN.subarray(0, -1), /12 bytes and 11 follow/],
  [
    'tensors that overlap',
    fileOf(
      '{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}',
      [0, 0, 0, 0],
    ),
    /tensor "b" starts at byte 0/,
  ],
]
for (const [what, file, message] of REFUSED) {
  test(`decodeSafetensors() refuses ${what}`, () => {
    assert.throws(
      () => decodeSafetensors(file),
      (error) => error instanceof FormatError && message.test(error.message),
    )
  })
}

test('decodeSafetensors() refuses or reads whatever a bit flip makes of a header, and throws nothing else', (t) => {
  let refused = 0
  for (let bit = 0; bit < 128 * 8; bit++) {
    const flipped = Uint8Array.from(GOLDEN)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    try {
      decodeSafetensors(flipped)
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error))
      refused++
    }
  }
  t.diagnostic(`${refused} of ${128 * 8} flips refused`)
  assert.ok(refused > 0)
})

for (const [what, tensors] of [
  ['a shape that does not fit', { a: { shape: [2], data: Float32Array.of(1) } }],
  ['the reserved name', { __metadata__: { shape: [1], data: Float32Array.of(1) } }],
] satisfies [string, NamedTensors][]) {
  test(`encodeSafetensors() refuses ${what}`, () => assert.throws(() => encodeSafetensors(tensors), RangeError))
}
