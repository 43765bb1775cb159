import { createServer } from 'node:net'

const PORTS_TRIED = 100

/**
 * Finds a port nobody listens on.
 * @param {string} host
 * @param {number} [first] where to begin; by default the system chooses
 * @throws {RangeError} when `first` and the ports after it are all taken
 */
export async function freePort(host, first = 0) {
  for (let port = first; port < first + PORTS_TRIED; port++) {
    const found = await tryPort(host, port)
    if (found !== undefined) return found
  }
  throw new RangeError(`Cannot find a free port on ${host}: ${first} to ${first + PORTS_TRIED - 1} are taken`)
}

/**
 * @param {string} host
 * @param {number} port 0 lets the system choose
 * @returns {Promise<number | undefined>} the port, or undefined when it is taken
 */
export function tryPort(host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
