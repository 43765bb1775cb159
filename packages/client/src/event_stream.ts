/** A message of server-sent events. */
export interface ServerSentEvent {
  /** The id of this or of the last message that had one; empty when none had. */
  id: string
  /** @default 'message' */
  type: string
  data: string
}

/** What a stream of server-sent events has: messages, and how long to wait before the next connection. */
export type EventStreamItem = ServerSentEvent | { retryMs: number }

/**
 * Reads `text/event-stream` as the HTML standard has it. Comments are left out, and so is a message that the end of the
 * body cuts off.
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventStreamItem> {
  let [id, type] = ['', '']
  let data: string[] = []
  for await (const line of linesOf(body)) {
    const [field, value] = fieldOf(line)
    if (field === 'data') data.push(value)
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) yield { retryMs: Number(value) }
    if (line !== '') continue
    if (data.length > 0) yield { id, type: type === '' ? 'message' : type, data: data.join('\n') }
    type = ''
    data = []
  }
}

function fieldOf(line: string): [field: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 0) return [line, '']
  const value = line.slice(colon + 1)
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value]
}

/** Lines that are whole, without their ends: LF, CR LF or CR. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder() // drops a byte order mark
  let rest = ''
  for await (const bytes of body) {
    const text = rest + decoder.decode(bytes, { stream: true })
    const isHalfEnd = text.endsWith('\r') // an LF may follow
    const lines = (isHalfEnd ? text.slice(0, -1) : text).split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '') + (isHalfEnd ? '\r' : '')
    yield* lines
  }
}
