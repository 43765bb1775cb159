import { isMissingText, numberOfText, type DecimalMark } from '../table_cells.ts'
import type { Row } from './table.ts'

const DELIMITERS = [',', ';', '\t', '|', ' ']
const LINES_LOOKED_AT = 20

/** A first line that Excel writes and reads: `sep=;`. */
export const NAMES_DELIMITER: RegExp = /^sep=/i

/** What stands between cells: of what the first lines have most of, what they all have as many of. */
export function delimiterIn(text: string): string {
  if (NAMES_DELIMITER.test(text)) return text.charAt('sep='.length)
  const lines = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .slice(0, LINES_LOOKED_AT)
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines // the last one may be cut off
  const counts = DELIMITERS.map((delimiter) => {
    const each = whole.map((line) => line.replaceAll(/"[^"]*"/g, '').split(delimiter).length - 1)
    const [first = 0] = each
    const isEven = each.every((count) => count === first)
    return { delimiter, score: first === 0 ? 0 : (isEven ? 1_000_000 : 0) + Math.min(...each) }
  })
  // A decimal comma stands as evenly as a semicolon, so the semicolon goes first.
  const semicolon = counts[1]
  if (semicolon !== undefined && semicolon.score >= 1_000_000) return ';'
  return counts.reduce((best, one) => (one.score > best.score ? one : best)).delimiter
}

/** A comma where cells are numbers with it and cannot be without. */
export function decimalIn(rows: readonly Row<string>[], delimiter: string): DecimalMark {
  if (delimiter === ',') return '.'
  const cells = rows.flatMap((row) => row.cells)
  return cells.some((cell) => /^\s*[-+]?\d*,\d+(?:[eE][-+]?\d+)?\s*$/.test(cell)) &&
    !cells.some((cell) => /^\s*[-+]?\d*\.\d+(?:[eE][-+]?\d+)?\s*$/.test(cell))
    ? ','
    : '.'
}

/** Whether the first row names the columns: a cell of it is neither number nor missing, or it is missing where numbers follow. */
export function isHeader(row: Row<string>, decimal: DecimalMark): boolean {
  return row.cells.some((cell) => numberOfText(cell, decimal) === undefined && !isMissingText(cell))
}
