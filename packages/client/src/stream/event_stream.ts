import { createParser } from 'eventsource-parser'

/** A message of server-sent events. */
export interface ServerSentEvent {
  /** The id of this or of the last message that had one; empty when none had. */
  id: string
  /** @default 'message' */
  type: string
  data: string
}

/** An item of a stream of server-sent events: a message, or the time before a reconnection. */
export type EventStreamItem = ServerSentEvent | { retryMs: number }

/** Reads `text/event-stream`. Comments and a message that the end of the body cuts off are left out. */
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
