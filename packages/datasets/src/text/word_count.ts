import { LONGEST_WORD, MOST_WORDS, UnrollError, WordSplitter } from '@unroll/contract'

/** What a text has of its unit. */
export interface SymbolCount {
  symbols: number
  /** Distinct symbols. */
  vocabulary_size: number
  /** The first of them, `SHOWN_SYMBOLS` at most. */
  vocabulary: string[]
}

/** Symbols of a text that are shown. */
export const SHOWN_SYMBOLS = 100

/** Counts the words of a text that comes in chunks of any length. */
export class WordCount {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #splitter = new WordSplitter()
  readonly #words = new Set<string>()
  #symbols = 0

  /** @throws {UnrollError} DATASET_INVALID, when there are more different words than a vocabulary may have */
  add(chunk: Uint8Array): void {
    this.#addText(this.#decoder.decode(chunk, { stream: true }))
  }

  end(): SymbolCount {
    this.#addText(this.#decoder.decode())
    this.#addWords(this.#splitter.end())
    const vocabulary = Array.from(this.#words).slice(0, SHOWN_SYMBOLS)
    return { symbols: this.#symbols, vocabulary_size: this.#words.size, vocabulary }
  }

  #addText(text: string): void {
    try {
      this.#addWords(this.#splitter.split(text))
    } catch (error) {
      throw error instanceof RangeError ? notWords(error) : error
    }
  }

  #addWords(words: readonly string[]): void {
    for (const word of words) this.#words.add(word)
    this.#symbols += words.length
    if (this.#words.size > MOST_WORDS) throw tooManyWords()
  }
}

function notWords(cause: RangeError): UnrollError {
  const detail = `Must have white space between its words: one has more than ${LONGEST_WORD} characters`
  return new UnrollError('DATASET_INVALID', 'Cannot read the text as words', {
    faults: [{ pointer: 'unit', detail, value: 'word' }],
    cause,
  })
}

function tooManyWords(): UnrollError {
  const detail = `Must have at most ${MOST_WORDS} different words: write rare ones as <unk>, or choose unit=character`
  return new UnrollError('DATASET_INVALID', 'Cannot store the text as it has too many different words', {
    faults: [{ pointer: 'unit', detail, value: 'word' }],
  })
}
