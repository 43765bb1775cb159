/**
 * The position at which a text stops being the start of a JSON text (RFC 8259), found in one pass: the parser of the
 * platform does not always name it. The recursion is as deep as the nesting of the text, which `excessOf` bounds.
 */
export function faultOffset(text: string): number {
  const reader = new Reader(text)
  if (reader.value()) reader.space()
  return reader.at
}

const WORDS = ['true', 'false', 'null']
const ESCAPED = '"\\/bfnrt'
const HEX_DIGITS = 4

/** Each method advances `at` over valid text and returns whether all of its part was valid. */
class Reader {
  readonly #text: string
  at = 0

  constructor(text: string) {
    this.#text = text
  }

  space(): void {
    while (' \t\n\r'.includes(this.#text[this.at] ?? '.')) this.at++
  }

  value(): boolean {
    this.space()
    const first = this.#text[this.at]
    if (first === '{') return this.#list('}', () => this.#name())
    if (first === '[') return this.#list(']', () => true)
    if (first === '"') return this.#string()
    const word = WORDS.find((each) => each[0] === first)
    return word === undefined ? this.#number() : word.split('').every((letter) => this.#take(letter))
  }

  #list(end: string, name: () => boolean): boolean {
    this.at++
    this.space()
    if (this.#take(end)) return true
    do {
      if (!name() || !this.value()) return false
      this.space()
    } while (this.#take(','))
    return this.#take(end)
  }

  #name(): boolean {
    this.space()
    if (this.#text[this.at] !== '"' || !this.#string()) return false
    this.space()
    return this.#take(':')
  }

  #string(): boolean {
    for (this.at++; this.at < this.#text.length; this.at++) {
      if (this.#take('"')) return true
      if (this.#text.charCodeAt(this.at) < 0x20) return false
      if (this.#text[this.at] === '\\' && !this.#escape()) return false
    }
    return false
  }

  /** Ends at the last character of the escape. */
  #escape(): boolean {
    this.at++
    if (this.#text[this.at] !== 'u') return this.at < this.#text.length && ESCAPED.includes(this.#text[this.at] ?? '')
    for (let digit = 0; digit < HEX_DIGITS; digit++) {
      this.at++
      if (!/[\da-f]/i.test(this.#text[this.at] ?? '')) return false
    }
    return true
  }

  #number(): boolean {
    this.#take('-')
    if (!this.#take('0') && !this.#digits()) return false
    if (this.#take('.') && !this.#digits()) return false
    if (!this.#take('e') && !this.#take('E')) return true
    if (!this.#take('+')) this.#take('-')
    return this.#digits()
  }

  #digits(): boolean {
    const start = this.at
    while (/\d/.test(this.#text[this.at] ?? '')) this.at++
    return this.at > start
  }

  #take(wanted: string): boolean {
    if (this.#text[this.at] !== wanted) return false
    this.at++
    return true
  }
}
