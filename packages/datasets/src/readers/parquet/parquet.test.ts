import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { UnpackedRoom } from '../unpacked_room.ts'
import { keepCells } from './cells.ts'
import { decompressPage } from './codecs.ts'
import { readDeltas } from './deltas.ts'
import { PLAIN, checkValues, type Values } from './encodings.ts'
import type { Chunk, Leaf } from './footer.ts'
import { HeapRoom } from './heap_room.ts'
import { joinParts, unpackPages } from './pages.ts'
import { countNumbers } from './runs.ts'
import { ThriftReader, writeStruct } from './thrift.ts'

const STRUCT = [
  [1, 300],
  [
    2,
    [
      [1, 7],
      [3, 0],
    ],
  ],
  [5, 2 ** 31 - 1],
] as const
const TEXT = Buffer.from('abcabcabcabc!')
/** A match of distance 3 behind three texts, then one more. */
const LZ4 = Buffer.from([0x35, 97, 98, 99, 3, 0, 0x10, 33])

test('ThriftReader reads what writeStruct() writes, and refuses it cut off anywhere', () => {
  const bytes = Uint8Array.from(writeStruct(STRUCT))
  const fields = new ThriftReader(bytes).readStruct()
  assert.deepEqual(
    fields,
    new Map<number, unknown>([
      [1, 300],
      [
        2,
        new Map([
          [1, 7],
          [3, 0],
        ]),
      ],
      [5, 2 ** 31 - 1],
    ]),
  )
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => new ThriftReader(bytes.subarray(0, length)).readStruct(), /beyond its end/, `${length}`)
})

const THRIFT: [name: string, bytes: number[], told: RegExp][] = [
  ['a list of more than its bytes', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 7, 0], /beyond its end/],
  ['a text of more than its bytes', [0x18, 0xff, 0xff, 0xff, 0xff, 15, 0], /beyond its end/],
  ['a number that does not end', [0x15, ...Array.from({ length: 40 }, () => 0x80)], /more than 10 bytes/],
  ['structs in structs', Array.from({ length: 1_000 }, () => 0x1c), /deeper than 32/],
  ['lists in lists', [0x19, ...Array.from({ length: 1_000 }, () => 0x19)], /deeper than 32/],
  ['a map', [0x1b, 0], /a value of type 11/],
]
for (const [name, bytes, told] of THRIFT)
  test(`ThriftReader refuses ${name}`, () => {
    assert.throws(() => new ThriftReader(Uint8Array.from(bytes)).readStruct(), told)
  })

test('countNumbers() counts those that repeat and those that are packed', () => {
  const bytes = Uint8Array.from([10, 1, 3, 0b11_10_01_00, 0b00_00_00_11]) // five of 1, then 0 1 2 3 3 and three that are none
  const numbers = countNumbers(bytes, { at: 0, end: 5, width: 2, count: 10 }, 3)
  assert.deepEqual(numbers, { first: 1, largest: 3, equal: 2 })
  const wide = Uint8Array.from([3, ...Array.from({ length: 17 }, (_, nth) => nth)])
  assert.equal(
    countNumbers(wide, { at: 0, end: 18, width: 17, count: 8 }, 0).largest,
    findLargest(wide.subarray(1), 17, 8),
  )
})

/** The largest of some packed numbers, bit by bit. */
function findLargest(bytes: Uint8Array, width: number, count: number): number {
  const bits = Array.from(bytes, (byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1)).flat()
  const numbers = Array.from({ length: count }, (_, nth) =>
    bits.slice(nth * width, (nth + 1) * width).reduce((sum, bit, at) => sum + bit * 2 ** at, 0),
  )
  return Math.max(...numbers)
}

const RUNS: [name: string, bytes: number[], width: number, told: RegExp][] = [
  [
    'a number that repeats a thousand million times',
    [0x80, 0xa8, 0xd6, 0xb9, 7, 1],
    1,
    /a run has 1000000000 numbers, and 4 of 4/,
  ],
  ['a number that repeats never', [0, 1, 8, 1], 1, /a run has 0 numbers/],
  ['packed numbers that are not there', [0xff, 0xff, 0xff, 0xff, 15], 1, /too large|beyond its end/],
  ['a run that is cut off', [8], 1, /beyond its end/],
  ['a count that is cut off', [0x80], 1, /cut off/],
  ['numbers of too many bits', [8, 1, 0, 0, 0], 32, /numbers of 32 bits/],
]
for (const [name, bytes, width, told] of RUNS)
  test(`countNumbers() refuses ${name}`, () => {
    assert.throws(() => countNumbers(Uint8Array.from(bytes), { at: 0, end: bytes.length, width, count: 4 }, 0), told)
  })

/** Numbers that each are at most 128 more or less than the one before. */
function writeDeltas(numbers: readonly number[]): Uint8Array {
  const [first = 0, ...others] = numbers
  const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)
  const differences = others.map((number, nth) => number - (numbers[nth] ?? 0) + 128)
  const body = Array.from({ length: Math.ceil(others.length / 8) * 8 }, (_, nth) => differences[nth] ?? 0)
  const blocks = Array.from({ length: body.length / 8 }, (_, nth) => [0xff, 1, 8, ...body.slice(8 * nth, 8 * nth + 8)])
  return Uint8Array.from([8, 1, numbers.length, zigzag(first), ...blocks.flat()]) // 0xff 1 is -128
}

test('readDeltas() reads numbers, and refuses those that are cut off and blocks without numbers', () => {
  const numbers = [7, 5, 9, 9, 100, 0, 3, 60, 61, 62, 63]
  const bytes = writeDeltas(numbers)
  const { deltas, end } = readDeltas(bytes, { at: 0, count: numbers.length })
  assert.deepEqual([Array.from(deltas), end], [numbers, bytes.length])
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => readDeltas(bytes.subarray(0, length), { at: 0, count: numbers.length }), /cut off/, `${length}`)
  for (const [block, parts] of [
    [0, 0],
    [8, 0],
    [8, 3],
    [0, 1],
    [4, 1],
  ] as const)
    assert.throws(() => readDeltas(Uint8Array.from([block, parts, 3, 2, 2, 0, 0]), { at: 0, count: 3 }), /in \d parts/)
})

const TEXTS: Pick<Values, 'at' | 'type' | 'typeLength' | 'entries' | 'take'> = {
  at: 0,
  type: 'BYTE_ARRAY',
  typeLength: 0,
  entries: 2,
  take: () => {},
}
const PREFIXED = [...writeDeltas([0, 2]), ...writeDeltas([3, 1]), 97, 98, 99, 100]

test('checkValues() takes values that are as they say', () => {
  const right: [encoding: number, bytes: number[], more?: Partial<Values>][] = [
    [PLAIN, [1, 0, 0, 0, 97, 0, 0, 0, 0]],
    [PLAIN, [3], { type: 'BOOLEAN' }],
    [8, [1, 4, 1]],
    [8, [0], { entries: 1 }],
    [6, [...writeDeltas([1, 2]), 97, 98, 99]],
    [7, PREFIXED],
    [9, Array.from({ length: 16 }, () => 0), { type: 'DOUBLE' }],
  ]
  for (const [encoding, bytes, more] of right)
    checkValues({ ...TEXTS, bytes: Uint8Array.from(bytes), count: 2, ...more }, encoding)
})

const VALUES: [name: string, encoding: number, bytes: number[], told: RegExp, more?: Partial<Values>][] = [
  ['numbers that are not there', PLAIN, [0, 0, 0, 0, 0, 0, 0, 0], /are not 2 values/, { type: 'DOUBLE' }],
  ['a text that ends beyond its page', PLAIN, [1, 0, 0, 0, 97, 2, 0, 0, 0, 97], /are not 2 values/],
  ['an entry that is none', 8, [2, 4, 2], /refers to entry 2 of a dictionary of 2/],
  ['entries without a dictionary', 8, [2, 4, 2], /it has none/, { entries: undefined }],
  ['entries of an empty dictionary', 8, [0], /refers to entry 0 of a dictionary of 0/, { entries: 0 }],
  ['texts of a length below 0', 6, [...writeDeltas([1, -1]), 97], /a text has -1 bytes/],
  ['texts that are not there', 6, [...writeDeltas([1, 2]), 97], /are not 2 values/],
  [
    'a text that begins as more than there is',
    7,
    [...writeDeltas([0, 4]), ...writeDeltas([3, 1]), 1, 2, 3, 4],
    /begins as 4 bytes of one of 3/,
  ],
  ['values in parts that are not there', 9, [0, 0], /are not 2 values/, { type: 'FLOAT' }],
  ['texts as runs', 3, [0, 0, 0, 0], /in encoding 3/],
  ['an encoding that is not known', 10, [0], /in encoding 10/, { type: 'DOUBLE' }],
]
for (const [name, encoding, bytes, told, more] of VALUES)
  test(`checkValues() refuses ${name}`, () => {
    assert.throws(() => checkValues({ ...TEXTS, bytes: Uint8Array.from(bytes), count: 2, ...more }, encoding), told)
  })

test('checkValues() counts what texts that begin alike unpack to', () => {
  let taken = 0
  const take = (bytes: number) => (taken += bytes)
  checkValues({ ...TEXTS, bytes: Uint8Array.from(PREFIXED), count: 2, take }, 7)
  assert.equal(taken, 2)
})

const makeRooms = () => ({ unpacked: new UnpackedRoom(), heap: new HeapRoom() })
const LEAF: Leaf = { path: ['x'], type: 'INT32', typeLength: 0, mostDefinition: 1, mostRepetition: 0 }
/** A null and 5, the second of which is there. */
const LEVELS = [3, 0b10]

function makeChunk(page: readonly number[], values: number): { bytes: Uint8Array; chunk: Chunk } {
  const bytes = Uint8Array.from(page)
  return { bytes, chunk: { leaf: LEAF, at: 4, bytes: bytes.length, codec: 'GZIP', values } }
}

function writePage(body: Uint8Array, unpacked: number, values = 2): number[] {
  const head = writeStruct([
    [1, 0],
    [2, unpacked],
    [3, body.length],
    [
      5,
      [
        [1, values],
        [2, 0],
        [3, 3],
        [4, 3],
      ],
    ],
  ])
  return [...head, ...body]
}

test('unpackPages() gives both versions of a page alike, without compression', () => {
  const page = [2, 0, 0, 0, ...LEVELS, 5, 0, 0, 0]
  const values = gzipSync(Buffer.from([5, 0, 0, 0]))
  const about = [
    [1, 2],
    [2, 1],
    [3, 2],
    [4, 0],
    [5, 2],
    [6, 0],
  ] as const
  const second = [
    ...writeStruct([
      [1, 3],
      [2, 6],
      [3, 2 + values.length],
      [8, about],
    ]),
    ...LEVELS,
    ...values,
  ]
  const expected = Buffer.from(writePage(Buffer.from(page), page.length))
  for (const written of [writePage(gzipSync(Buffer.from(page)), page.length), second]) {
    const { bytes, chunk } = makeChunk(written, 2)
    assert.deepEqual(Buffer.from(joinParts(unpackPages(bytes, chunk, 2, makeRooms()))), expected)
  }
})

test('unpackPages() refuses a page that is longer than its column, unpacks to more than there is room for, or has other values', () => {
  const page = gzipSync(Buffer.from([2, 0, 0, 0, ...LEVELS, 5, 0, 0, 0]))
  const nulls = gzipSync(Buffer.from([5, 0, 0, 0, 0x80, 0xb4, 0x89, 0x13, 0])) // level 0, twenty million times
  const refused: [written: number[], values: number, told: RegExp][] = [
    [writePage(page, 10).slice(0, -1), 2, /beyond its end/],
    [writePage(page, 2 ** 31 - 1), 2, /2147483647 bytes are to be unpacked/],
    [writePage(page, 9), 2, /larger than 9 bytes/],
    [writePage(page, 11), 2, /unpacks to 10 bytes, and its head says 11/],
    [writePage(page, 10, 2 ** 30), 2 ** 30, /bytes are to be unpacked/],
    [writePage(nulls, 9, 20_000_000), 20_000_000, /values of 800000000 bytes are to be unpacked/],
    [writePage(page, 10), 3, /beyond its end/],
    [writePage(page, 10), 1, /have 2 values of 2 rows, and it has 1 of 1/],
    [[0, 0, 0], 1, /a page/],
  ]
  for (const [written, values, told] of refused) {
    const { bytes, chunk } = makeChunk(written, values)
    assert.throws(() => unpackPages(bytes, chunk, values, makeRooms()), told)
  }
})

test('keepCells() keeps numbers and nulls as numbers, and all else as it is', () => {
  const read = (chunks: unknown[][]) => {
    const cells = keepCells(chunks, chunks.flat().length)
    return [cells.isNumeric, chunks.flat().map((_, row) => cells.read(row))]
  }
  assert.deepEqual(
    read([
      [1, null],
      [3n, NaN, undefined],
    ]),
    [true, [1, null, 3, NaN, null]],
  )
  assert.deepEqual(read([[1], ['a', null]]), [false, [1, 'a', null]])
  assert.deepEqual(read([]), [true, []])
})

test('decompressPage() gives what was compressed, and refuses another length', () => {
  assert.equal(decompressPage(Uint8Array.of(0), 'LZ4_RAW', 0).length, 0) // the dictionary of a column without values, by pyarrow
  const hadoop = Buffer.concat([Buffer.from([0, 0, 0, TEXT.length, 0, 0, 0, LZ4.length]), LZ4])
  const pages: [codec: string, page: Uint8Array][] = [
    ['UNCOMPRESSED', TEXT],
    ['GZIP', gzipSync(TEXT)],
    ['BROTLI', brotliCompressSync(TEXT)],
    ['LZ4_RAW', LZ4],
    ['LZ4', LZ4],
    ['LZ4', hadoop],
    ['SNAPPY', Buffer.from([TEXT.length, 12 << 2, ...TEXT])],
  ]
  for (const [codec, page] of pages) {
    assert.deepEqual(Buffer.from(decompressPage(page, codec, TEXT.length)), TEXT, codec)
    for (const length of [1, TEXT.length - 1, TEXT.length + 1])
      assert.throws(() => decompressPage(page, codec, length), Error, `${codec} as ${length} bytes`)
  }
  assert.throws(() => decompressPage(TEXT, 'LZO', 1), /compressed by LZO/)
})
