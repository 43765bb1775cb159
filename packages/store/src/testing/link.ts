import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { atEnd } from './fixtures.ts'

/** What a server says that does not have a script yet; it is sent the text then. */
const NO_SCRIPT = '-NOSCRIPT'

/** A way to a server on which an answer can get lost. */
export interface Link {
  url: string
  /** Lets the next request that holds `text` through, and breaks its connection when the answer comes. */
  loseAnswerTo: (text: string) => void
  /** Answers lost so far. */
  readonly lost: number
}

/** A link to the server at `url`, which ends with the test. */
export async function linkTo(t: TestContext, url: string): Promise<Link> {
  const { hostname, port, password } = new URL(url)
  const sockets = new Set<Socket>()
  let wanted: string | undefined
  let lost = 0
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    let isDoomed = false
    near.on('data', (request) => {
      isDoomed ||= wanted !== undefined && request.includes(wanted)
      far.write(request)
    })
    far.on('data', (answer) => {
      if (!isDoomed || answer.toString().startsWith(NO_SCRIPT)) {
        near.write(answer)
        return
      }
      wanted = undefined
      lost += 1
      for (const socket of [near, far]) socket.destroy()
    })
    near.on('close', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `redis://:${password}@${hostname}:${(server.address() as AddressInfo).port}`,
    loseAnswerTo: (text) => (wanted = text),
    get lost() {
      return lost
    },
  }
}
