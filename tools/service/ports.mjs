import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const PORTS_TRIED = 100
/**
 * Where a port is chosen: below those that systems hand to outgoing connections and to whoever listens on port 0. Nobody
 * is given one of these between its being found here and its being used, or while its server restarts.
 */
const CHOSEN = { from: 20_000, below: 30_000 }
/** Ports that this process has reserved. @type {Set<number>} */
const reserved = new Set()

/**
 * Finds a port nobody listens on, and which nobody else finds here while this process lasts.
 * @param {string} host
 * @param {number} [wanted] where to begin, which may be one that this process found before; by default at a random port outside of
 *   those the system hands out
 * @throws {RangeError} when that and the ports after it are all taken
 */
export async function freePort(host, wanted) {
  const first = wanted ?? randomInt(CHOSEN.from, CHOSEN.below)
  for (let port = first; port < first + PORTS_TRIED; port++) {
    if (reserved.has(port) && port !== wanted) continue
    const release = reserved.has(port) ? () => {} : await reserve(port)
    if (release === undefined) continue
    if ((await tryPort(host, port)) !== undefined) return port
    release()
  }
  throw new RangeError(`Cannot find a free port on ${host}: ${first} to ${first + PORTS_TRIED - 1} are taken`)
}

/**
 * Has other processes pass over a port that nobody listens on yet, by a socket of UDP, whose ports are not those of TCP: the system
 * closes it with this process.
 * @param {number} port
 * @returns {Promise<(() => void) | undefined>} lets others have it; undefined when another process has reserved it
 */
function reserve(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref()
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      reserved.add(port)
      resolve(() => {
        reserved.delete(port)
        socket.close()
      })
    })
  })
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<number | undefined>} the port, or undefined when it is taken
 */
export function tryPort(host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(port)))
  })
}
