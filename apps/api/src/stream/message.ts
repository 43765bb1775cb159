/**
 * Maximal bytes of a line. Line readers have buffers of 64 KiB or less, and one with a smaller buffer reconnects
 * forever.
 */
export const LINE_BYTES = 32_000

const FIELD = 'data: '
const DATA_BYTES = LINE_BYTES - FIELD.length

/** A server-sent event. Long data are split between values into several lines, which are still the same JSON. */
export function messageText(id: string, type: string, data: string): string {
  const lines = splitLines(data, DATA_BYTES).map((line) => `${FIELD}${line}\n`)
  return `id: ${id}\nevent: ${type}\n${lines.join('')}\n`
}

/** JSON in lines of at most `most` bytes each, unless a single text has more. */
function splitLines(json: string, most: number): string[] {
  if (Buffer.byteLength(json) <= most) return [json]
  const lines: string[] = []
  let line = ''
  let bytes = 0
  for (const [token] of json.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^",]+)+,?|,/g)) {
    const size = Buffer.byteLength(token)
    if (bytes > 0 && bytes + size > most) {
      lines.push(line)
      line = ''
      bytes = 0
    }
    line += token
    bytes += size
  }
  return [...lines, line]
}

/** JSON of a cell with all digits: where the rows of a page may have more, its first message is written twice. */
const CELL_BYTES = 20

/**
 * Rows in few messages of at most LINE_BYTES, each written once as a rule: the next one has as many rows as fit by the
 * bytes of the last. A single row may be longer.
 *
 * @param cells of a row
 * @param write rows from one index to another as JSON
 */
export function* parts(
  rows: number,
  cells: number,
  write: (from: number, to: number) => string,
): Generator<{ to: number; json: string }> {
  let fitting = Math.floor(DATA_BYTES / (CELL_BYTES * cells))
  let from = 0
  do {
    let to = Math.min(rows, from + Math.max(1, fitting))
    let json = write(from, to)
    let bytes = Buffer.byteLength(json)
    while (bytes > DATA_BYTES && to - from > 1) {
      to = from + Math.max(1, fit(to - from, bytes))
      json = write(from, to)
      bytes = Buffer.byteLength(json)
    }
    yield { to, json }
    fitting = fit(to - from, bytes)
    from = to
  } while (from < rows)
}

/** Rows that fit into a message where some rows had so many bytes, with room for longer ones. */
function fit(rows: number, bytes: number): number {
  return Math.floor((0.95 * rows * DATA_BYTES) / bytes)
}
