import type { TextUnit } from '@unroll/contract'
import { CharacterCount } from './character_count.ts'
import { SHOWN_SYMBOLS, WordCount, type SymbolCount } from './word_count.ts'

/** How a text is read. */
export interface TextOptions {
  format: 'text'
  unit: TextUnit
}

/** What was found in a text. */
export interface TextContents extends SymbolCount {
  unit: TextUnit
  /** Unicode code points. */
  characters: number
  /** The first 500 characters. */
  start: string
}

const SHOWN_CHARACTERS = 500
/** No character has more bytes. */
const LONGEST_CHARACTER = 4

/**
 * Passes the bytes of a text on, and counts what is in it.
 *
 * @returns at the end of the bytes what was found
 * @throws {UnrollError} DATASET_NOT_UTF8; DATASET_INVALID, with more different words than a vocabulary may have
 */
export async function* readText(
  source: AsyncIterable<Uint8Array>,
  { unit }: TextOptions,
): AsyncGenerator<Uint8Array, TextContents> {
  const text = new CharacterCount()
  const units = unit === 'character' ? undefined : unit === 'word' ? new WordCount() : new ByteCount()
  let first: Uint8Array = new Uint8Array()
  for await (const chunk of source) {
    const room = SHOWN_CHARACTERS * LONGEST_CHARACTER - first.length
    if (room > 0) first = Buffer.concat([first, chunk.subarray(0, room)])
    text.add(chunk)
    units?.add(chunk)
    yield chunk
  }
  text.end()
  const { characters } = text
  const counted = units?.end() ?? {
    symbols: characters,
    vocabulary_size: text.countDistinct(),
    vocabulary: text.listDistinct(SHOWN_SYMBOLS),
  }
  return { unit, characters, ...counted, start: takeCharacters(first) }
}

function takeCharacters(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true }) // one that is cut is left out
  return Array.from(text).slice(0, SHOWN_CHARACTERS).join('')
}

class ByteCount {
  readonly #seen = new Uint8Array(256)
  #bytes = 0

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    for (let at = 0; at < chunk.length; at++) this.#seen[chunk[at] as number] = 1
  }

  end(): SymbolCount {
    const seen = Array.from(this.#seen.keys()).filter((byte) => this.#seen[byte] === 1)
    const vocabulary = seen.slice(0, SHOWN_SYMBOLS).map((byte) => byte.toString(16).padStart(2, '0'))
    return { symbols: this.#bytes, vocabulary_size: seen.length, vocabulary }
  }
}
