import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A way to a server that can be cut. */
export interface Link {
  url: string
  /** Breaks every connection, and lets none through until it is `mend`ed. */
  cut: () => void
  mend: () => void
}

/** A link to the server at `url`, which ends with the test. */
export async function linkTo(t: TestContext, url: string): Promise<Link> {
  const { hostname, port, password } = new URL(url)
  const sockets = new Set<Socket>()
  let isCut = false
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    drop()
    server.close()
  })
  const cut = () => {
    isCut = true
    drop()
  }
  const mend = () => {
    isCut = false
  }
  return { url: `redis://:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`, cut, mend }
}
