import { UnrollError, shown } from '@unroll/contract'
import { Utf8Decoder } from './utf8.ts'

const CODE_POINTS = 0x110000

/** Counts the characters of a text stream and refuses bytes that are not text to train on. */
export class TextInspection {
  readonly #maxBytes: number
  readonly #decoder = new Utf8Decoder()
  readonly #seen = new Uint8Array(CODE_POINTS)
  #bytes = 0
  /** Unicode code points. */
  characters = 0
  /** Distinct code points. */
  vocabularySize = 0

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes
  }

  /** Yields the bytes unchanged. @throws {UnrollError} DATASET_TOO_LARGE, DATASET_NOT_UTF8, DATASET_EMPTY */
  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#bytes += chunk.byteLength
      if (this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes)
      this.#count(this.#decoder.decode(chunk))
      yield chunk
    }
    this.#decoder.end()
    if (this.#bytes === 0)
      throw new UnrollError(
        'DATASET_EMPTY',
        'Cannot store the data set as it is empty: it must have a character at least',
        {
          faults: [{ pointer: '', detail: 'Must be a text of at least one character: it has 0 bytes' }],
        },
      )
  }

  #count(text: string): void {
    for (let index = 0; index < text.length;) {
      const point = text.codePointAt(index) ?? 0
      if (point === 0) throw notText(this.characters)
      index += point > 0xffff ? 2 : 1
      this.characters += 1
      if (this.#seen[point] === 0) {
        this.#seen[point] = 1
        this.vocabularySize += 1
      }
    }
  }
}

/** @throws {UnrollError} DATASET_TOO_LARGE, when the announced size exceeds the limit */
export function refuseAnnouncedSize(contentLength: string | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes, Number(contentLength))
}

/** Extensions of tables and records: the network would learn their commas and braces as characters. */
const RECORDS = /\.(?:csv|tsv|jsonl|ndjson)$/i

/** @throws {UnrollError} UNSUPPORTED_MEDIA_TYPE, for the file name of a table or of records */
export function refuseRecords(name: string | undefined): void {
  if (name === undefined || !RECORDS.test(name)) return
  const detail = `Must name a text in UTF-8, which jobs train on by character, no table or records: current value is ${shown(name)}`
  throw new UnrollError('UNSUPPORTED_MEDIA_TYPE', 'Cannot store the data set as it is no text: texts alone are taken', {
    faults: [{ pointer: 'name', detail, value: name }],
  })
}

/** UTF-16 and binary data contain NUL, which UTF-8 allows but text does not contain. */
function notText(at: number): UnrollError {
  return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: character ${at} is NUL, as in UTF-16`, {
    faults: [{ pointer: '', detail: `Must be text in UTF-8: character ${at} is NUL, as in UTF-16`, value: at }],
  })
}

function tooLarge(maxBytes: number, bytes?: number): UnrollError {
  const size = bytes === undefined ? 'it is larger' : `it has ${bytes}`
  return new UnrollError('DATASET_TOO_LARGE', `Cannot store the data set: it must have at most ${maxBytes} bytes`, {
    faults: [{ pointer: '', detail: `Must have at most ${maxBytes} bytes: ${size}` }],
  })
}
