/** What a symbol of a text is. */
export const TEXT_UNITS = ['character', 'byte', 'word'] as const
export type TextUnit = (typeof TEXT_UNITS)[number]

/** Different words of a text: each is a class of the softmax. */
export const MOST_WORDS = 100_000
/** Characters of one word: a text with longer ones is none of words. */
export const LONGEST_WORD = 2 ** 16

const NEWLINE = '\n'
const WORDS = /\n|\S+/g

/** Cuts a text that comes in parts into words: what stands between white space, and the end of a line, which is a word of its own. */
export class WordSplitter {
  /** A word that may go on in the next part. */
  #begun = ''

  /** @throws {RangeError} for a word of more than `LONGEST_WORD` characters */
  split(part: string): string[] {
    const text = this.#begun + part
    let end = text.length
    while (end > 0 && !isBlank(text.charAt(end - 1))) end -= 1
    this.#begun = text.slice(end)
    if (this.#begun.length > LONGEST_WORD)
      throw new RangeError(`Cannot split a text into words as one has more than ${LONGEST_WORD} characters`)
    return text.slice(0, end).match(WORDS) ?? []
  }

  /** What is left once the text has ended. */
  end(): string[] {
    const last = this.#begun
    this.#begun = ''
    return last === '' ? [] : [last]
  }
}

function isBlank(character: string): boolean {
  return character === NEWLINE || /\s/.test(character)
}
