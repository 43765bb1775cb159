import type { Decoding, TextDataset, TextUnit } from '@unroll/contract'

/** How records of texts name symbols, as symbols. */
const SYMBOLS: Readonly<Record<TextUnit, (named: string) => string>> = {
  character: (named) => named,
  byte: (named) => String.fromCodePoint(Number.parseInt(named, 16)),
  word: (named) => named,
}

/**
 * What a network of a text will read and answer, as far as the record of the text names symbols: of characters and bytes the first ones
 * in their order, of words all or none, because a record names those that come first in the text.
 */
export function foretellTextDecoding({ unit = 'character', vocabulary = [], vocabulary_size }: TextDataset): Decoding {
  const isWhole = vocabulary.length === vocabulary_size
  const named = isWhole || unit !== 'word' ? vocabulary.map(SYMBOLS[unit]) : []
  const inOrder = unit === 'word' ? named.toSorted((a, b) => (a < b ? -1 : 1)) : named
  return { kind: 'text', problem: 'next_symbol', unit, vocabulary: inOrder }
}
