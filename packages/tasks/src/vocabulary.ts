/** A text as symbols: a symbol is a character's place in the vocabulary. */
export interface EncodedText {
  readonly symbols: Uint8Array | Uint16Array | Int32Array
  /** The distinct characters (code points) of the text in ascending order. */
  readonly vocabulary: readonly string[]
}

/** What is known of a text before it is read: there may be less of it, not more. */
interface TextSize {
  characters: number
  vocabulary_size: number
}

/** Encodes a text that is in memory. */
export function encodeText(text: string): EncodedText {
  const encoder = new TextEncoding({ characters: text.length, vocabulary_size: text.length })
  encoder.add(text)
  return encoder.end()
}

/**
 * Encodes a text of UTF-8 as it is read, in one byte a character where the vocabulary is as small as that.
 *
 * @throws {RangeError} where it has more characters than were said
 */
export async function encodeStream(source: AsyncIterable<Uint8Array>, size: TextSize): Promise<EncodedText> {
  const encoding = new TextEncoding(size)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of source) encoding.add(decoder.decode(chunk, { stream: true }))
  encoding.add(decoder.decode())
  return encoding.end()
}

/** Characters get numbers in the order in which they come, and their places once all are known. */
class TextEncoding {
  readonly #symbols: EncodedText['symbols']
  readonly #numbers = new Map<number, number>()
  #count = 0

  constructor({ characters, vocabulary_size: size }: TextSize) {
    this.#symbols = new (size <= 0x100 ? Uint8Array : size <= 0x1_0000 ? Uint16Array : Int32Array)(characters)
  }

  add(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at)!
      if (point > 0xffff) at++ // two units of UTF-16
      let number = this.#numbers.get(point)
      if (number === undefined) this.#numbers.set(point, (number = this.#numbers.size))
      if (this.#count === this.#symbols.length)
        throw new RangeError(
          `Cannot encode the text as it must have at most ${this.#symbols.length} characters: it has more`,
        )
      this.#symbols[this.#count++] = number
    }
  }

  end(): EncodedText {
    const points = [...this.#numbers.keys()].toSorted((a, b) => a - b)
    const places = new Int32Array(points.length)
    for (const [place, point] of points.entries()) places[this.#numbers.get(point)!] = place
    const symbols = this.#symbols.subarray(0, this.#count)
    for (let at = 0; at < symbols.length; at++) symbols[at] = places[symbols[at]!]!
    return { symbols, vocabulary: points.map((point) => String.fromCodePoint(point)) }
  }
}
