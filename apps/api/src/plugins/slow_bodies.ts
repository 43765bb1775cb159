import type { App } from '../types.ts'

const EVERY_MS = 30_000
/** Bytes of an upload that must come within that time. */
const LEAST_BYTES = 2 ** 14

/**
 * Breaks off uploads that hardly come, as each holds a connection and may hold a thread. One that waits for the service has
 * bytes that wait to be read.
 *
 * @param everyMs milliseconds within which 16 KiB must come
 */
export function slowBodies(app: App, everyMs: number = EVERY_MS): void {
  app.addHook('onRequest', ({ raw, routeOptions, log }, _reply, done) => {
    if (routeOptions.config.isUpload !== true) return done()
    let before = raw.socket.bytesRead
    const watch = setInterval(() => {
      const came = raw.socket.bytesRead - before
      before += came
      if (raw.complete || raw.readableLength > 0 || came >= LEAST_BYTES) return
      log.info({ came, everyMs }, 'upload broken off: its body comes too slowly')
      raw.destroy()
    }, everyMs).unref()
    raw.once('close', () => clearInterval(watch))
    done()
  })
}
