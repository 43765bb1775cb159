import { isUtf8 } from 'node:buffer'
import { UnrollError } from '@unroll/contract'
import { CHARACTERS } from './characters_module.ts'
import { countUnfinishedBytes, findBadByte } from './utf8.ts'

const CODE_POINTS = 0x110000
/** Where `characters.wat` has room for text, and how much of it is used: as much as stays in the second cache. */
const TEXT_AT = 0x120000
const TEXT_BYTES = 2 ** 17

/** Characters of a text in the memory; each is marked. */
type Count = (at: number, bytes: number) => number

/** Counts the characters of a text that comes in chunks of any length, and refuses bytes that are no text to train on. */
export class CharacterCount {
  readonly #count: Count
  /** A byte for each code point, then tables, then room for text. */
  readonly #memory: Uint8Array
  /** A character that has begun. */
  #begun: Uint8Array = new Uint8Array()
  /** Before those that have begun. */
  #bytes = 0
  /** Unicode code points. */
  characters = 0

  constructor() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(CHARACTERS, 'base64')))
    this.#count = exports['count'] as Count
    this.#memory = new Uint8Array((exports['memory'] as { buffer: ArrayBuffer }).buffer)
  }

  /** @throws {UnrollError} DATASET_NOT_UTF8, with the offset of the first invalid byte */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const begun = this.#begun.length
      const part = chunk.subarray(at, at + TEXT_BYTES - begun)
      this.#memory.set(this.#begun, TEXT_AT)
      this.#memory.set(part, TEXT_AT + begun)
      this.#addText(this.#memory.subarray(TEXT_AT, TEXT_AT + begun + part.length))
      at += part.length
    }
  }

  /** @throws {UnrollError} DATASET_NOT_UTF8, when the text ends inside a character */
  end(): void {
    if (this.#begun.length > 0) throw notUtf8(this.#begun, this.#bytes)
  }

  /** Distinct code points. */
  countDistinct(): number {
    let distinct = 0
    for (let point = 0; point < CODE_POINTS; point++) distinct += this.#memory[point] as number
    return distinct
  }

  /** The first distinct characters by their code points. */
  listDistinct(most: number): string[] {
    const found: string[] = []
    for (let point = 0; point < CODE_POINTS && found.length < most; point++)
      if (this.#memory[point] === 1) found.push(String.fromCodePoint(point))
    return found
  }

  #addText(bytes: Uint8Array): void {
    const text = bytes.subarray(0, bytes.length - countUnfinishedBytes(bytes))
    if (!isUtf8(text)) throw notUtf8(text, this.#bytes)
    const characters = this.#count(TEXT_AT, text.length)
    if (this.#memory[0] === 1) throw notText(this.characters + countBefore(text, text.indexOf(0)))
    this.#bytes += text.length
    this.characters += characters
    this.#begun = bytes.slice(text.length)
  }
}

/** Characters of a text before an offset. */
function countBefore(text: Uint8Array, offset: number): number {
  return Array.from(Buffer.from(text.subarray(0, offset)).toString('utf8')).length
}

/** @param before bytes of the text before these */
function notUtf8(bytes: Uint8Array, before: number): UnrollError {
  const at = findBadByte(bytes)
  const offset = before + at
  const byte = `0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
  const detail = `Must be UTF-8: byte ${offset} is ${byte}, which no character has there`
  return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: it must be UTF-8, and is not at byte ${offset}`, {
    faults: [{ pointer: '', detail, value: offset }],
  })
}

/** UTF-16 and binary data contain NUL, which UTF-8 allows but text does not contain. */
function notText(at: number): UnrollError {
  return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: character ${at} is NUL, as in UTF-16`, {
    faults: [{ pointer: '', detail: `Must be text in UTF-8: character ${at} is NUL, as in UTF-16`, value: at }],
  })
}
