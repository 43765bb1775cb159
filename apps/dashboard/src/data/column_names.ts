const READ_BYTES = 64 * 1024
const DELIMITERS = ['\t', ';', '|', ','] as const

/** The names of the columns of a table, from its first line: to choose from, as the service reads them by itself. */
export async function readColumnNames(file: Blob): Promise<string[]> {
  const text = await file.slice(0, READ_BYTES).text()
  return splitHeader(text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? '')
}

/** The cells of a line by the delimiter that is most frequent in it. */
export function splitHeader(line: string): string[] {
  const count = (delimiter: string) => line.split(delimiter).length
  const delimiter = DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ','
  const cells = line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
  return cells.filter((cell) => cell !== '' && !Number.isFinite(Number(cell)))
}
