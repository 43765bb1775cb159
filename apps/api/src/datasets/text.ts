import { UnrollError, type TextDataset } from '@unroll/contract'
import { Utf8Decoder } from './utf8.ts'

const CODE_POINTS = 0x110000

/** Counts the characters of a text stream and refuses bytes that are not text to train on. */
export class TextInspection {
  readonly #decoder = new Utf8Decoder()
  readonly #seen = new Uint8Array(CODE_POINTS)
  /** Unicode code points. */
  #characters = 0
  /** Distinct code points. */
  #vocabularySize = 0

  /** Yields the bytes unchanged. @throws {UnrollError} DATASET_NOT_UTF8 */
  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#count(this.#decoder.decode(chunk))
      yield chunk
    }
    this.#decoder.end()
  }

  result(): Pick<TextDataset, 'characters' | 'vocabulary_size'> {
    return { characters: this.#characters, vocabulary_size: this.#vocabularySize }
  }

  #count(text: string): void {
    for (let index = 0; index < text.length;) {
      const point = text.codePointAt(index) ?? 0
      if (point === 0) throw notText(this.#characters)
      index += point > 0xffff ? 2 : 1
      this.#characters += 1
      if (this.#seen[point] === 0) {
        this.#seen[point] = 1
        this.#vocabularySize += 1
      }
    }
  }
}

/** UTF-16 and binary data contain NUL, which UTF-8 allows but text does not contain. */
function notText(at: number): UnrollError {
  return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: character ${at} is NUL, as in UTF-16`, {
    faults: [{ pointer: '', detail: `Must be text in UTF-8: character ${at} is NUL, as in UTF-16`, value: at }],
  })
}
