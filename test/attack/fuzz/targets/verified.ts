// A file that carries its proof and digest: the digest is computed anew, as whoever changes a file on purpose would.

import { createHash } from 'node:crypto'
import { FACTS, exportApart, verifyOnnx, type OnnxRuntime } from '@unroll/exports'
import type { Envelope, FuzzTarget } from '../target.ts'
import { trainSmall } from './weights.ts'

const TOKENS = [
  '"cases":[]',
  '"lengths":[1]',
  '"shape":[1,1]',
  '"data":"AAAAAA=="',
  'null',
  '{}',
  '[]',
  '"tolerance":',
  '"type":"int32"',
]

const METADATA = 14
const GRAPH = 7

/** Around the texts and the graph of an ONNX file: their lengths, and the digest, which is the last text. */
const ONNX_TEXTS: Envelope = {
  open: (input) =>
    listFields(input).map(({ tag, payload }) => (tag >> 3 === METADATA ? readPair(payload)[1] : payload)),
  close: (parts, input) => {
    const fields = listFields(input).map(({ tag, payload }, at) => {
      const part = parts[at] ?? new Uint8Array()
      return field(tag, tag >> 3 === METADATA ? writePair(readPair(payload)[0], part) : part)
    })
    const plain = Buffer.concat([listHead(input), ...fields])
    const digest = createHash('sha256').update(plain).digest('hex')
    return Buffer.concat([plain, field((METADATA << 3) | 2, writePair(Buffer.from(FACTS.digest), Buffer.from(digest)))])
  },
}

/** All fields of bytes from the graph on, without the last: the digest. */
function listFields(input: Uint8Array): { tag: number; payload: Uint8Array }[] {
  return readFields(input)
    .filter(({ tag }) => tag >> 3 >= GRAPH)
    .slice(0, -1)
}

/** What stands before them. */
function listHead(input: Uint8Array): Uint8Array {
  return input.subarray(0, readFields(input).find(({ tag }) => tag >> 3 >= GRAPH)?.start)
}

function readFields(input: Uint8Array): { tag: number; payload: Uint8Array; start: number }[] {
  const fields = []
  for (let at = 0; at < input.length;) {
    const start = at
    const [tag, behindTag] = readVarint(input, at)
    const [length, behindLength] = readVarint(input, behindTag)
    const isBytes = (tag & 7) === 2
    at = isBytes ? behindLength + length : behindLength
    fields.push({ tag, start, payload: input.subarray(isBytes ? behindLength : behindTag, at) })
  }
  return fields
}

function readPair(payload: Uint8Array): [key: Uint8Array, value: Uint8Array] {
  const [key, value] = readFields(payload)
  return [key?.payload ?? new Uint8Array(), value?.payload ?? new Uint8Array()]
}

function writePair(key: Uint8Array, value: Uint8Array): Buffer {
  return Buffer.concat([field(0x0a, key), field(0x12, value)])
}

function field(tag: number, payload: Uint8Array): Buffer {
  return Buffer.concat([writeVarint(tag), writeVarint(payload.length), payload])
}

function readVarint(input: Uint8Array, from: number): [value: number, behind: number] {
  let [value, at] = [0, from]
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]
    if (byte === undefined || shift > 28) throw new RangeError('Cannot read the number as it does not end')
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return [value >>> 0, at]
  }
}

function writeVarint(value: number): Buffer {
  const bytes = []
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) return Buffer.from(bytes)
  }
}

const NOT_RUN = new Error('There is no runtime')

/** Runs nothing: what a runtime makes of a file is its own. */
const NO_RUNTIME: OnnxRuntime = {
  InferenceSession: {
    create: () => Promise.reject(NOT_RUN),
  },
  Tensor: Object,
}

/** What a user has verified. */
export const VERIFIED_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  onnx: {
    seeds: async () => {
      const { state, ...opening } = await trainSmall()
      return [await exportApart(state.slice(), opening, 'onnx')]
    },
    tokens: TOKENS,
    envelope: ONNX_TEXTS,
    parse: async (input) => {
      await verifyOnnx(input, NO_RUNTIME).catch((error: unknown) => {
        if (error !== NOT_RUN) throw error
      })
    },
  },
}
