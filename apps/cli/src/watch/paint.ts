// Colours of a terminal, and the width of what has them.

/** Bits of a colour: 1 is none, 4 are the sixteen named ones. */
export type ColourBits = 1 | 4 | 8 | 24

const RESET = '\x1b[0m'
const ESCAPE = /(\x1b\[[\d;]*m)/g // oxlint-disable-line no-control-regex

/** Controls but for a tab, a line end and colours. */
const CONTROL = /\x1b(?!\[[\d;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g // oxlint-disable-line no-control-regex
/** Letters of two columns, and those of none. */
const WIDE =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uFF01-\uFF60]/u
const MARK = /\p{Mark}/u

/** Codes of the styles of words. */
const STYLES = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33 } as const

export type Style = keyof typeof STYLES

/** Text in a style; as it is where there are no colours. */
export function paint(text: string, style: Style, bits: ColourBits): string {
  return bits === 1 || text === '' ? text : `\x1b[${STYLES[style]}m${text}${RESET}`
}

/** Two cells in one character, the upper half block, in colours of the palette of 256. */
export function halfBlock(upper: number, lower: number): string {
  return `\x1b[38;5;${upper};48;5;${lower}m▀`
}

/** Ends the colours of a line. */
export function endColours(line: string): string {
  return `${line}${RESET}`
}

/** A line without what moves a cursor or rings a bell: names of jobs are the text of anybody. Colours stay. */
export function escapeControls(line: string): string {
  return line.replaceAll(CONTROL, '\u{FFFD}')
}

/** The columns that a line fills. */
export function measureLine(line: string): number {
  let columns = 0
  for (const letter of line.replaceAll(ESCAPE, '')) columns += measureLetter(letter)
  return columns
}

function measureLetter(letter: string): number {
  if (MARK.test(letter)) return 0
  return WIDE.test(letter) ? 2 : 1
}

/** A line of at most so many columns; colours are kept, and end with it. */
export function cutLine(line: string, columns: number): string {
  if (measureLine(line) <= columns) return line
  let width = 0
  const fits = (letter: string) => (width += measureLetter(letter)) <= columns
  const parts = line
    .split(ESCAPE)
    .map((part) => (part.startsWith('\x1b') ? part : Array.from(part).filter(fits).join('')))
  const kept = parts.join('')
  return kept.includes('\x1b') ? endColours(kept) : kept
}

/** Words in lines of at most so many characters; those after the first are indented. */
export function wrapWords(text: string, columns: number, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line.trim() === '' || measureLine(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = ' '.repeat(indent) + word
    }
  }
  return [...lines, line]
}
