import type { TextUnit } from '@unroll/contract'
import { CharacterCount } from './character_count.ts'
import { WordCount, type SymbolCount } from './word_count.ts'

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
}

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
  for await (const chunk of source) {
    text.add(chunk)
    units?.add(chunk)
    yield chunk
  }
  text.end()
  const { characters } = text
  const counted = units?.end() ?? { symbols: characters, vocabulary_size: text.countDistinct() }
  return { unit, characters, ...counted }
}

class ByteCount {
  readonly #seen = new Uint8Array(256)
  #bytes = 0

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    for (let at = 0; at < chunk.length; at++) this.#seen[chunk[at] as number] = 1
  }

  end(): SymbolCount {
    return { symbols: this.#bytes, vocabulary_size: this.#seen.reduce((sum, seen) => sum + seen, 0) }
  }
}
