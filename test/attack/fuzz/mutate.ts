// Changes of bytes as fuzzers make them ("havoc" of AFL): a few small ones on top of each other, by a stream of random numbers.

import type { Random } from '@unroll/random'
import type { FuzzTarget } from './target.ts'

/** A longer input is cut: parsers loop over what is there, and short inputs are tried more often. */
export const LONGEST_INPUT = 65_536
const MOST_CHANGES = 4
const LONGEST_RUN = 64
/** Of inputs with an envelope so many are changed inside of it. */
const INSIDE = 0.7

/** Numbers at which lengths, signs and floating-point numbers go wrong, by their width in bytes. */
const EDGES: Readonly<Record<number, readonly bigint[]>> = {
  1: [0n, 1n, 0x7fn, 0x80n, 0xffn],
  2: [0n, 1n, 0x7fffn, 0x8000n, 0xffffn, 0x7e00n],
  4: [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x40000000n, 0x7fc00000n],
  8: [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 0x7ff8000000000000n],
}
const NUMERALS = ['0', '-1', '1', '2', '255', '4294967296', '9007199254740993', '1e309', '-0', 'NaN', '1e-400', '00']
const NUMERAL = /-?\d+/g

type Change = (bytes: Buffer, random: Random, given: { tokens: readonly string[]; other: Uint8Array }) => Buffer

const CHANGES: readonly Change[] = [
  function flipBit(bytes, random) {
    const at = random.integer(bytes.length)
    bytes[at]! ^= 1 << random.integer(8)
    return bytes
  },
  function setByte(bytes, random) {
    bytes[random.integer(bytes.length)] = random.integer(256)
    return bytes
  },
  function addToByte(bytes, random) {
    bytes[random.integer(bytes.length)]! += random.integer(33) - 16
    return bytes
  },
  function setEdge(bytes, random) {
    const width = 2 ** random.integer(4)
    if (bytes.length < width) return bytes
    const edge = pick(EDGES[width]!, random)
    const word = Buffer.alloc(8)
    word.writeBigUInt64LE(edge)
    const number = word.subarray(0, width)
    bytes.set(random.integer(2) === 0 ? number : number.toReversed(), random.integer(bytes.length - width + 1))
    return bytes
  },
  function setNumeral(bytes, random) {
    const text = bytes.toString('latin1')
    const found = Array.from(text.matchAll(NUMERAL))
    if (found.length === 0) return bytes
    const { index, 0: old } = pick(found, random)
    return replace(bytes, index, old.length, Buffer.from(pick(NUMERALS, random)))
  },
  function leaveOut(bytes, random) {
    const { at, length } = chooseRun(bytes, random)
    return replace(bytes, at, length, Buffer.alloc(0))
  },
  function repeat(bytes, random) {
    const { at, length } = chooseRun(bytes, random)
    const run = bytes.subarray(at, at + length)
    return replace(bytes, at, 0, Buffer.concat(Array.from({ length: 1 + random.integer(8) }, () => run)))
  },
  function copyOver(bytes, random) {
    const { at, length } = chooseRun(bytes, random)
    bytes.copyWithin(random.integer(bytes.length), at, at + length)
    return bytes
  },
  function insertToken(bytes, random, { tokens }) {
    const token = Buffer.from(pick(tokens, random), 'latin1')
    return replace(bytes, random.integer(bytes.length + 1), random.integer(2) * token.length, token)
  },
  function insertNoise(bytes, random) {
    const noise = Buffer.from(Array.from({ length: 1 + random.integer(8) }, () => random.integer(256)))
    return replace(bytes, random.integer(bytes.length + 1), 0, noise)
  },
  function cutOff(bytes, random) {
    return bytes.subarray(0, random.integer(bytes.length) + 1)
  },
  function spliceOther(bytes, random, { other }) {
    const end = random.integer(other.length + 1)
    return Buffer.concat([bytes.subarray(0, random.integer(bytes.length + 1)), other.subarray(end)])
  },
]

/** Another input, made of one or two of a corpus. */
export function mutate(
  corpus: readonly Uint8Array[],
  random: Random,
  { tokens, envelope }: Pick<FuzzTarget, 'tokens' | 'envelope'>,
): Uint8Array {
  const [input, other] = [pick(corpus, random), pick(corpus, random)]
  if (envelope === undefined || random.uniform() > INSIDE) return change(input, random, tokens, other)
  try {
    const parts = envelope.open(input)
    const at = random.integer(parts.length)
    parts[at] = change(parts[at]!, random, tokens, parts[random.integer(parts.length)]!)
    return envelope.close(parts, input).subarray(0, LONGEST_INPUT)
  } catch {
    return change(input, random, tokens, other) // the envelope itself was broken before
  }
}

function change(input: Uint8Array, random: Random, tokens: readonly string[], other: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(input)
  for (let left = 1 + random.integer(MOST_CHANGES); left > 0; left--) {
    if (bytes.length === 0) bytes = Buffer.from([random.integer(256)])
    bytes = pick(CHANGES, random)(bytes, random, { tokens, other }).subarray(0, LONGEST_INPUT)
  }
  return bytes
}

function chooseRun(bytes: Buffer, random: Random): { at: number; length: number } {
  const at = random.integer(bytes.length)
  return { at, length: 1 + random.integer(Math.min(LONGEST_RUN, bytes.length - at)) }
}

function replace(bytes: Buffer, at: number, length: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)])
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random.integer(items.length)]!
}
