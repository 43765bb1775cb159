// What a cell says.

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

/** How cells are read. */
export interface CellRules {
  /** Whether a text that is a numeral is a number, as in CSV. */
  isUntyped: boolean
  decimal: DecimalMark
}

/** The number that a cell is; undefined where it is none. */
export function numberOfCell(cell: unknown, { isUntyped, decimal }: CellRules): number | undefined {
  if (typeof cell === 'number') return Number.isNaN(cell) ? undefined : cell
  if (typeof cell === 'bigint' || typeof cell === 'boolean') return Number(cell)
  if (cell instanceof Date) return cell.getTime()
  return typeof cell === 'string' && isUntyped ? numberOfText(cell, decimal) : undefined
}

export function isMissingCell(cell: unknown, { isUntyped }: CellRules): boolean {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return true
  return typeof cell === 'string' && isUntyped && isMissingText(cell)
}
