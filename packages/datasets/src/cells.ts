// What a cell of a text without types says.

/** Spellings of a value that is missing, in lower case. */
const MISSING: ReadonlySet<string> = new Set(['', '?', 'na', 'n/a', '#n/a', 'nan', '-nan', 'null', 'none', '<na>'])

const NUMERAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const INFINITE = /^[-+]?inf(?:inity)?$/i
const LONGEST_MISSING = 4

export type DecimalMark = '.' | ','

export function isMissingText(text: string): boolean {
  return text.length <= LONGEST_MISSING + 2 && MISSING.has(text.trim().toLowerCase())
}

/** The number that a text is, infinite ones as well; undefined where it is none. */
export function numberOfText(text: string, decimal: DecimalMark): number | undefined {
  const trimmed = text.trim()
  const numeral = decimal === ',' ? trimmed.replace(',', '.') : trimmed
  if (NUMERAL.test(numeral)) return Number(numeral)
  return INFINITE.test(numeral) ? (numeral.startsWith('-') ? -Infinity : Infinity) : undefined
}
