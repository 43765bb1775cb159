import { createParser } from 'eventsource-parser'

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

/** Reads `text/event-stream`. Comments are left out, and so is a message that the end of the body cuts off. */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventStreamItem> {
  let lastId = ''
  const items: EventStreamItem[] = []
  const parser = createParser({
    onEvent: ({ id, event = 'message', data }) => {
      lastId = id ?? lastId
      items.push({ id: lastId, type: event, data })
    },
    onRetry: (retryMs) => items.push({ retryMs }),
  })
  const decoder = new TextDecoder() // drops a byte order mark
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    yield* items.splice(0)
  }
}
