import { isAscii } from 'node:buffer'
import { UnrollError, type TextDataset } from '@unroll/contract'
import { Utf8Decoder } from './utf8.ts'

const CODE_POINTS = 0x110000
const PAIRS = 0x8000 // of bytes below 0x80, the higher one first

/** Counts the characters of a text stream and refuses bytes that are not text to train on. */
export class TextInspection {
  readonly #decoder = new Utf8Decoder()
  readonly #seen = new Uint8Array(CODE_POINTS)
  readonly #pairs = new Uint8Array(PAIRS)
  /** Unicode code points. */
  #characters = 0
  /** Distinct code points. */
  #vocabularySize = 0

  /** Yields the bytes unchanged. @throws {UnrollError} DATASET_NOT_UTF8 */
  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (isAscii(chunk) && !this.#decoder.isInside) this.#countAscii(chunk)
      else this.#count(this.#decoder.decode(chunk))
      yield chunk
    }
    this.#decoder.end()
  }

  result(): Pick<TextDataset, 'characters' | 'vocabulary_size'> {
    for (let pair = 0; pair < PAIRS; pair++) {
      if (this.#pairs[pair] === 0) continue
      this.#see(pair & 0xff)
      this.#see(pair >>> 8)
    }
    return { characters: this.#characters, vocabulary_size: this.#vocabularySize }
  }

  /** Bytes that are characters each, looked at two at a time: a pair takes one store. */
  #countAscii(chunk: Uint8Array): void {
    const nul = chunk.indexOf(0)
    if (nul >= 0) throw notText(this.#characters + nul)
    this.#decoder.skipAscii(chunk)
    this.#characters += chunk.length
    const pairs = this.#pairs
    const come = pairsOf(chunk)
    for (let at = 0; at < come.length; at++) pairs[come[at] as number] = 1
    if (chunk.length % 2 === 1) this.#see(chunk.at(-1) as number)
  }

  #see(point: number): void {
    if (this.#seen[point] === 1) return
    this.#seen[point] = 1
    this.#vocabularySize += 1
  }

  #count(text: string): void {
    for (let index = 0; index < text.length;) {
      const point = text.codePointAt(index) ?? 0
      if (point === 0) throw notText(this.#characters)
      index += point > 0xffff ? 2 : 1
      this.#characters += 1
      this.#see(point)
    }
  }
}

/** The bytes as pairs, without an odd last byte. */
function pairsOf(chunk: Uint8Array): Uint16Array {
  const aligned = chunk.byteOffset % 2 === 0 ? chunk : new Uint8Array(chunk)
  return new Uint16Array(aligned.buffer, aligned.byteOffset, Math.floor(chunk.length / 2))
}

/** UTF-16 and binary data contain NUL, which UTF-8 allows but text does not contain. */
function notText(at: number): UnrollError {
  return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: character ${at} is NUL, as in UTF-16`, {
    faults: [{ pointer: '', detail: `Must be text in UTF-8: character ${at} is NUL, as in UTF-16`, value: at }],
  })
}
