import { WordSplitter, type TextUnit } from '@unroll/contract'

/** A text as symbols: a symbol is its place in the vocabulary. */
export interface EncodedText {
  readonly symbols: Uint8Array | Uint16Array | Int32Array
  /** What a symbol is. */
  readonly unit: TextUnit
  /** The distinct symbols of the text in ascending order; a byte is the character of its number. */
  readonly vocabulary: readonly string[]
}

/** What is known of a text before it is read: there may be less of it, not more. */
interface TextSize {
  /** A character unless given. */
  unit?: TextUnit | undefined
  characters: number
  /** As many as characters unless given. */
  symbols?: number | undefined
  vocabulary_size: number
}

/** Encodes a text that is in memory, by the character. */
export function encodeText(text: string): EncodedText {
  const encoder = new SymbolEncoding<number>(text.length, text.length)
  addCharacters(encoder, text)
  return { unit: 'character', ...encoder.end(String.fromCodePoint) }
}

/**
 * Encodes a text of UTF-8 as it is read, in one byte a symbol where the vocabulary is as small as that.
 *
 * @throws {RangeError} where it has more symbols than were said
 */
export async function encodeStream(
  source: AsyncIterable<Uint8Array>,
  { unit = 'character', characters, symbols = characters, vocabulary_size: size }: TextSize,
): Promise<EncodedText> {
  return { unit, ...(await ENCODE[unit](source, symbols, size)) }
}

type Encoded = Omit<EncodedText, 'unit'>

const ENCODE: Readonly<
  Record<TextUnit, (source: AsyncIterable<Uint8Array>, symbols: number, size: number) => Promise<Encoded>>
> = {
  async character(source, symbols, size) {
    const encoding = new SymbolEncoding<number>(symbols, size)
    for await (const text of decoded(source)) addCharacters(encoding, text)
    return encoding.end(String.fromCodePoint)
  },
  async byte(source, symbols, size) {
    const encoding = new SymbolEncoding<number>(symbols, size)
    for await (const bytes of source) for (const byte of bytes) encoding.add(byte)
    return encoding.end(String.fromCodePoint)
  },
  async word(source, symbols, size) {
    const encoding = new SymbolEncoding<string>(symbols, size)
    const splitter = new WordSplitter()
    for await (const text of decoded(source)) for (const word of splitter.split(text)) encoding.add(word)
    for (const word of splitter.end()) encoding.add(word)
    return encoding.end((word) => word)
  },
}

async function* decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of source) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

function addCharacters(encoding: SymbolEncoding<number>, text: string): void {
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at)!
    if (point > 0xffff) at++ // two units of UTF-16
    encoding.add(point)
  }
}

/**
 * A text in the vocabulary of a model.
 *
 * @throws {RangeError} where the model does not know a symbol
 */
export function recodeText({ symbols, unit, vocabulary }: EncodedText, known: readonly string[]): EncodedText {
  const placeOf = new Map(known.map((symbol, place) => [symbol, place]))
  const unknown = vocabulary.find((symbol) => !placeOf.has(symbol))
  if (unknown !== undefined)
    throw new RangeError(
      `Cannot read the text as the model knows only ${known.length} ${unit}s: ${JSON.stringify(unknown)} is none of them`,
    )
  const places = vocabulary.map((symbol) => placeOf.get(symbol)!)
  return { symbols: Int32Array.from(symbols, (symbol) => places[symbol]!), unit, vocabulary: known }
}

/** Symbols get numbers in the order in which they come, and their places once all are known. */
class SymbolEncoding<Name extends number | string> {
  readonly #symbols: EncodedText['symbols']
  readonly #numbers = new Map<Name, number>()
  #count = 0

  /** @param size of the vocabulary */
  constructor(symbols: number, size: number) {
    this.#symbols = new (size <= 0x100 ? Uint8Array : size <= 0x1_0000 ? Uint16Array : Int32Array)(symbols)
  }

  add(name: Name): void {
    let number = this.#numbers.get(name)
    if (number === undefined) this.#numbers.set(name, (number = this.#numbers.size))
    if (this.#count === this.#symbols.length)
      throw new RangeError(
        `Cannot encode the text as it must have at most ${this.#symbols.length} symbols: it has more`,
      )
    this.#symbols[this.#count++] = number
  }

  end(textOf: (name: Name) => string): Encoded {
    const names = [...this.#numbers.keys()].toSorted((a, b) => (a < b ? -1 : 1))
    const places = new Int32Array(names.length)
    for (const [place, name] of names.entries()) places[this.#numbers.get(name)!] = place
    const symbols = this.#symbols.subarray(0, this.#count)
    for (let at = 0; at < symbols.length; at++) symbols[at] = places[symbols[at]!]!
    return { symbols, vocabulary: names.map((name) => textOf(name)) }
  }
}
