import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'

/** A message as it is on the wire. */
export interface Message {
  id: string
  type: string
  data: Record<string, unknown>
}

/** A stream that is read as the test asks for it. */
export interface EventStream {
  response: IncomingMessage
  /** The next block: a message's lines, a comment, a `retry`; undefined at the end. */
  block: () => Promise<string | undefined>
  /** The next message; undefined at the end. */
  message: () => Promise<Message | undefined>
  /** All messages up to the end, or up to the first that `isLast`. */
  messages: (isLast?: (message: Message) => boolean) => Promise<Message[]>
  leave: () => void
}

/** Opens a stream of server-sent events, and reads it without any of our own parsers. It is left with the test. */
export async function openStream(t: TestContext, url: string, lastEventId?: string): Promise<EventStream> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  const request = get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const leave = () => void request.destroy()
  t.after(leave)
  const blocks = blocksOf(response)
  const block = async () => {
    const { done, value } = await blocks.next()
    return done === true ? undefined : value
  }
  const message = async () => {
    for (;;) {
      const text = await block()
      if (text === undefined) return undefined
      const found = /^id: (.*)\nevent: (.*)((?:\ndata: .*)+)$/.exec(text)
      if (found !== null) return { id: found[1] ?? '', type: found[2] ?? '', data: parsed(found[3]) }
    }
  }
  const messages = async (isLast: (message: Message) => boolean = () => false) => {
    const all: Message[] = []
    for (let next = await message(); next !== undefined; next = await message()) {
      all.push(next)
      if (isLast(next)) break
    }
    return all
  }
  return { response, block, message, messages, leave }
}

function parsed(json: string | undefined): Message['data'] {
  return JSON.parse((json ?? '').replaceAll(/^data: /gm, '')) as Message['data']
}

async function* blocksOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    yield* blocks
  }
  assert.equal(rest, '', 'a stream ends with a whole message')
}
