import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const PORTS_TRIED = 100
/**
 * Where a port is chosen: below those that systems hand to outgoing connections and to whoever listens on port 0. Nobody
 * is given one of these between its being found here and its being used, or while its server restarts.
 */
const CHOSEN = { from: 20_000, below: 30_000 }

/**
 * Finds a port nobody listens on.
 * @param {string} host
 * @param {number} [first] where to begin; by default at a random port outside of those the system hands out
 * @throws {RangeError} when `first` and the ports after it are all taken
 */
export async function freePort(host, first = randomInt(CHOSEN.from, CHOSEN.below)) {
  for (let port = first; port < first + PORTS_TRIED; port++) {
    const found = await tryPort(host, port)
    if (found !== undefined) return found
  }
  throw new RangeError(`Cannot find a free port on ${host}: ${first} to ${first + PORTS_TRIED - 1} are taken`)
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
