// Reads what most lines of sequences are, straight from their bytes: an object of numbers, texts, lists of numbers and lists of
// such lists. JSON.parse makes an object of every list, which takes several times as long.

import { NumberRows } from '../number_rows.ts'
import { nearestDouble } from './decimal.ts'

// One declaration each: what is taken out of a list is no constant to the compiler.
const TAB = 0x09
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const PLUS = 0x2b
const COLON = 0x3a
const ZERO = 0x30
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SMALL_E = 0x65
const LARGE_E = 0x45
const NULL = [110, 117, 108, 108] as const
const NOT_A_NUMBER = [78, 97, 78] as const
/** Whole numbers below take one more digit and stay in 32 bits. */
const MOST_HIGH = 1e8
/** The same of four more digits. */
const MOST_BEFORE_FOUR = 1e5
// Of four bytes at once: a digit is 0x3_, and with 6 added still.
const ZEROS = 0x30_30_30_30
const SIX_EACH = 0x06_06_06_06
const HIGH_HALVES = 0xf0_f0_f0_f0 | 0
const ALL_DIGITS = 0x33_33_33_33
/** Digits that always fit into 32 bits. */
const MOST_LOW_DIGITS = 9
/** Numbers that there is room for from the start, 1 MiB: those of most blocks. */
const ROOM = 2 ** 17

type Encoding = 'latin1' | 'utf8'

/** A value that is none of those that are read. */
const OTHER = Symbol('other')

/** Scans lines of one block of bytes after the other. */
export class JsonScanner {
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #encoding: Encoding = 'utf8'
  #at = 0
  #numbers: Float64Array = new Float64Array(ROOM)
  #used = 0

  /**
   * Takes the next block, whose numbers take the memory of those of the one before.
   *
   * @param bytes of valid UTF-8, with a newline at their end
   */
  open(bytes: Buffer, encoding: Encoding): void {
    this.#used = 0
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#encoding = encoding
  }

  /**
   * The object that a line is.
   *
   * @param start where the line starts
   * @param end where its newline stands
   * @returns the members as JSON.parse gives them, but a list of numbers as Float64Array, with NaN for `null` and `NaN`, and a list of lists
   * of one length as `NumberRows`; undefined for everything that is not so simple, whether it is JSON or not
   */
  scan(start: number, end: number): Record<string, unknown> | undefined {
    this.#makeRoom((end - start) / 2)
    this.#at = start
    if (this.#skipBlanks() !== OPEN_OBJECT) return undefined
    this.#at += 1
    const values: Record<string, unknown> = {}
    for (;;) {
      const name = this.#skipBlanks() === QUOTE ? this.#readText() : undefined
      if (name === undefined || name === '__proto__' || this.#skipBlanks() !== COLON) return undefined
      this.#at += 1
      const value = this.#readValue()
      if (value === OTHER) return undefined
      values[name] = value
      const next = this.#skipBlanks()
      this.#at += 1
      if (next === COMMA) continue
      if (next !== CLOSE_OBJECT) return undefined
      this.#skipBlanks()
      return this.#at === end ? values : undefined
    }
  }

  /** A number takes two bytes at least, with what stands behind it. */
  #makeRoom(most: number): void {
    if (this.#used + most < this.#numbers.length) return
    this.#numbers = new Float64Array(Math.max(ROOM, Math.ceil(most) + 1))
    this.#used = 0
  }

  /** The byte that stands after blanks. */
  #skipBlanks(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at] as number
    while (byte === SPACE || byte === TAB || byte === RETURN) byte = bytes[++this.#at] as number
    return byte
  }

  /** A text without escapes, from its quote on. */
  #readText(): string | undefined {
    const bytes = this.#bytes
    const start = this.#at + 1
    let at = start
    for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number)
      if (byte === BACKSLASH || byte < SPACE) return undefined
    this.#at = at + 1
    return bytes.toString(this.#encoding, start, at)
  }

  #readValue(): unknown {
    const byte = this.#skipBlanks()
    if (byte === QUOTE) return this.#readText() ?? OTHER
    if (byte !== OPEN_LIST) return this.#readScalar()
    this.#at += 1
    const start = this.#used
    if (this.#skipBlanks() === OPEN_LIST) return this.#readRows(start)
    return this.#readNumbers() ? this.#numbers.subarray(start, this.#used) : OTHER
  }

  #readScalar(): unknown {
    if (this.#isWord(NULL)) return null
    const start = this.#used
    this.#at = this.#readNumber(this.#at)
    if (this.#at < 0) return OTHER
    this.#used = start
    const number = this.#numbers[start] as number
    return Number.isNaN(number) ? null : number
  }

  #readRows(start: number): unknown {
    let width = -1
    for (;;) {
      const before = this.#used
      if (this.#skipBlanks() !== OPEN_LIST) return OTHER
      this.#at += 1
      if (!this.#readNumbers()) return OTHER
      if (width < 0) width = this.#used - before
      if (this.#used - before !== width) return OTHER
      const next = this.#skipBlanks()
      this.#at += 1
      if (next === CLOSE_LIST) return new NumberRows(this.#numbers.subarray(start, this.#used), width)
      if (next !== COMMA) return OTHER
    }
  }

  /** Numbers to the end of their list, at least one. */
  #readNumbers(): boolean {
    const bytes = this.#bytes
    let at = this.#at
    for (;;) {
      let byte = bytes[at]
      while (byte === SPACE || byte === TAB) byte = bytes[++at]
      at = this.#readNumber(at)
      if (at < 0) return false
      byte = bytes[at]
      while (byte === SPACE || byte === TAB) byte = bytes[++at]
      if (byte !== COMMA && byte !== CLOSE_LIST) return false
      at += 1
      if (byte === COMMA) continue
      this.#at = at
      return true
    }
  }

  /** Reads a number into the room. @returns where it ends, −1 where there is none */
  #readNumber(start: number): number {
    const bytes = this.#bytes
    let at = start
    let byte = bytes[at] as number
    const isNegative = byte === MINUS
    if (isNegative) byte = bytes[++at] as number
    let digit = byte - ZERO
    if (digit >>> 0 > 9) return this.#readMissing(start)
    // In two whole numbers of 32 bits, as each digit waits for the one before: a float64 would take twice as long.
    let high = digit
    let low = 0
    let lowDigits = 0
    digit = (bytes[++at] as number) - ZERO
    if (high === 0 && digit >>> 0 <= 9) return -1 // JSON has no zeros in front
    for (; digit >>> 0 <= 9; digit = (bytes[++at] as number) - ZERO)
      if (high < MOST_HIGH) high = (Math.imul(high, 10) + digit) | 0
      else {
        low = (Math.imul(low, 10) + digit) | 0
        lowDigits += 1
      }
    let exponent = 0
    if (digit === DOT - ZERO) {
      const fraction = at + 1
      digit = (bytes[++at] as number) - ZERO
      if (digit >>> 0 > 9) return -1
      for (let four = this.#readFour(at); four >= 0 && high < MOST_BEFORE_FOUR; four = this.#readFour(at)) {
        high = (Math.imul(high, 10_000) + four) | 0
        at += 4
      }
      digit = (bytes[at] as number) - ZERO
      for (; digit >>> 0 <= 9; digit = (bytes[++at] as number) - ZERO)
        if (high < MOST_HIGH) high = (Math.imul(high, 10) + digit) | 0
        else {
          low = (Math.imul(low, 10) + digit) | 0
          lowDigits += 1
        }
      exponent = fraction - at
    }
    byte = digit + ZERO
    if (byte === SMALL_E || byte === LARGE_E) {
      const end = this.#endOfExponent(at + 1)
      if (end < 0) return -1
      exponent += Number(bytes.toString('latin1', at + 1, end))
      at = end
    }
    const value = lowDigits > MOST_LOW_DIGITS ? NaN : nearestDouble(high, low, lowDigits, exponent)
    this.#numbers[this.#used++] = Number.isNaN(value)
      ? Number(bytes.toString('latin1', start, at))
      : isNegative
        ? -value
        : value
    return at
  }

  /** The number that four digits are; −1 where there are others than digits among the four bytes. */
  #readFour(at: number): number {
    if (at + 4 > this.#bytes.length) return -1
    const word = this.#view.getInt32(at, true)
    if (((word & HIGH_HALVES) | (((word + SIX_EACH) & HIGH_HALVES) >>> 4)) !== ALL_DIGITS) return -1
    const digits = word - ZEROS
    const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00_ff_00_ff
    return Math.imul(pairs & 0xff, 100) + (pairs >>> 16)
  }

  #endOfExponent(start: number): number {
    const bytes = this.#bytes
    let at = bytes[start] === PLUS || bytes[start] === MINUS ? start + 1 : start
    const digits = at
    while (((bytes[at] as number) - ZERO) >>> 0 <= 9) at += 1
    return at > digits ? at : -1
  }

  /** `null`, or `NaN` as Python writes it. */
  #readMissing(start: number): number {
    this.#at = start
    if (!this.#isWord(NULL) && !this.#isWord(NOT_A_NUMBER)) return -1
    this.#numbers[this.#used++] = NaN
    return this.#at
  }

  /** Passes over a word, where it stands here. */
  #isWord(word: readonly number[]): boolean {
    for (const [offset, byte] of word.entries()) if (this.#bytes[this.#at + offset] !== byte) return false
    this.#at += word.length
    return true
  }
}
