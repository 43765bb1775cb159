/** The distinct characters (code points) of a text in ascending order; a symbol is a character's place in it. */
export function buildVocabulary(text: string): string[] {
  const seen = new Set(text)
  return [...seen].toSorted((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0))
}

/** A text as symbols of its vocabulary. */
export function encode(text: string, vocabulary: readonly string[]): Int32Array {
  const symbolOf = new Map(vocabulary.map((character, symbol) => [character, symbol]))
  const symbols = new Int32Array(text.length) // at least as many UTF-16 units as code points
  let count = 0
  for (const character of text) {
    const symbol = symbolOf.get(character)
    if (symbol === undefined)
      throw new RangeError(`Cannot encode ${JSON.stringify(character)} as it is not in the vocabulary`)
    symbols[count++] = symbol
  }
  return symbols.subarray(0, count)
}
