/**
 * Maximal bytes of a line. Line readers have buffers of 64 KiB or less, and one with a smaller buffer reconnects
 * forever.
 */
export const LINE_BYTES = 32_000

const FIELD = 'data: '

/** A server-sent event. Long data are split between values into several lines, which are still the same JSON. */
export function messageText(id: string, type: string, data: string): string {
  const lines = splitLines(data, LINE_BYTES - FIELD.length).map((line) => `${FIELD}${line}\n`)
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

/**
 * Rows in as few messages of at most LINE_BYTES as possible, halved until they fit. A single row may be longer.
 *
 * @param write rows from one index to another as JSON
 */
export function* parts(
  from: number,
  to: number,
  write: (from: number, to: number) => string,
): Generator<{ to: number; json: string }> {
  const json = write(from, to)
  const count = Math.min(Math.ceil(Buffer.byteLength(json) / (LINE_BYTES - FIELD.length)), to - from)
  if (count <= 1) {
    yield { to, json }
    return
  }
  const boundary = (nth: number) => from + Math.ceil((nth * (to - from)) / count)
  for (let nth = 0; nth < count; nth++) yield* parts(boundary(nth), boundary(nth + 1), write)
}
