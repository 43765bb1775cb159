import { philox, type Block } from './philox.ts'

/** Draws of one stream, in order. The n-th draw only depends on the stream's seed, name and index, and n. */
export interface Random {
  /** A number in [0, 1), a multiple of 2^-53. */
  uniform(): number
  /** A draw of the normal distribution with mean 0 and standard deviation 1. */
  normal(): number
  /** A whole number from 0 to `below` - 1. Errors: RangeError unless `below` is an integer from 1 to 2^53 - 1. */
  integer(below: number): number
  /** The numbers 0 to `count` - 1 in random order. */
  shuffled(count: number): number[]
  /** For each of `count` numbers 1 with probability p, to 2^-16, and 0 else. The count of the draws that follow does not depend on p. */
  trials(count: number, p: number): Float32Array
}

/**
 * The stream of a seed, a name and an index: the index-th batch of "data.train", say, is a function of these three.
 *
 * @param seed Integer from 0 to 2^53 - 1.
 * @param name Any text; streams of different names are independent.
 * @param index Integer from 0 to 2^53 - 1, default 0; streams of different indexes are independent.
 */
export function random(seed: number, name: string, index = 0): Random {
  return new CounterRandom(deriveKey(seed, name), index)
}

/** High and low 32 bits of an integer from 0 to 2^53 - 1. */
function words(value: number, what: string): [high: number, low: number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(
      `Cannot draw random numbers as ${what} must be an integer from 0 to 2^53 - 1: current value is ${value}`,
    )
  }
  return [Math.floor(value / 2 ** 32), value >>> 0]
}

/** 64 key bits of a seed and a name: Philox under the seed, chained over the name eight characters at a time. */
function deriveKey(seed: number, name: string): [number, number] {
  const [seedHigh, seedLow] = words(seed, 'the seed')
  // The length comes first, so that a name and the same name padded with NUL differ.
  let state = philox([name.length, 0, 0, 0], [seedLow, seedHigh])
  for (let start = 0; start < name.length; start += 8) {
    const [a, b, c, d] = state
    const word = (offset: number): number => pair(name, start + offset)
    state = philox([a ^ word(0), b ^ word(2), c ^ word(4), d ^ word(6)], [seedLow, seedHigh])
  }
  return [state[0], state[1]]
}

/** Two UTF-16 units as one word; 0 beyond the end. */
function pair(text: string, at: number): number {
  const unit = (index: number): number => (index < text.length ? text.charCodeAt(index) : 0)
  return (unit(at) | (unit(at + 1) << 16)) >>> 0
}

class CounterRandom implements Random {
  readonly #key: readonly [number, number]
  readonly #index: readonly [number, number]
  /** Blocks drawn; each holds two uniform numbers. */
  #blocks = 0
  #block: Block = [0, 0, 0, 0]
  #halfUsed = false
  /** The Box–Muller method makes normal numbers in pairs: this is the second one. */
  #spareNormal: number | undefined

  constructor(key: readonly [number, number], index: number) {
    this.#key = key
    this.#index = words(index, 'the index')
  }

  uniform(): number {
    if (this.#halfUsed) {
      this.#halfUsed = false
      return fraction(this.#block[2], this.#block[3])
    }
    this.#block = this.#nextBlock()
    this.#halfUsed = true
    return fraction(this.#block[0], this.#block[1])
  }

  normal(): number {
    const spare = this.#spareNormal
    this.#spareNormal = undefined
    if (spare !== undefined) return spare
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())) // 1 - u is never 0
    const angle = 2 * Math.PI * this.uniform()
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(`Cannot draw an integer as below must be an integer ≥ 1: current value is ${below}`)
    }
    return Math.floor(this.uniform() * below)
  }

  shuffled(count: number): number[] {
    const indexes = Array.from({ length: count }, (_, index) => index)
    for (let last = count - 1; last > 0; last--) {
      const chosen = this.integer(last + 1)
      const value = indexes[chosen] ?? 0
      indexes[chosen] = indexes[last] ?? 0
      indexes[last] = value
    }
    return indexes
  }

  trials(count: number, p: number): Float32Array {
    const limit = Math.round(p * 2 ** 16)
    const results = new Float32Array(count)
    for (let at = 0; at < count; at += TRIALS) {
      for (const [word, bits] of this.#nextBlock().entries()) {
        results[at + 2 * word] = Number(bits >>> 16 < limit) // beyond the end of the array nothing is written
        results[at + 2 * word + 1] = Number((bits & 0xffff) < limit)
      }
    }
    return results
  }

  #nextBlock(): Block {
    const [high, low] = words(this.#blocks++, 'the number of draws')
    return philox([low, high, this.#index[1], this.#index[0]], this.#key)
  }
}

/** Trials of 16 bits in a block. */
const TRIALS = 8

/** 53 of 64 bits as a number in [0, 1). */
function fraction(high: number, low: number): number {
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
}
