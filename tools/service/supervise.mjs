import { once } from 'node:events'

/** @import { Child } from './child.mjs' */

/**
 * Runs processes until a signal comes or one of them never comes up, and stops them.
 * @param {(halt: AbortController) => AsyncIterable<Child>} startChildren gives each as soon as it runs; they stop in the
 *   opposite order
 * @param {(signal: AbortSignal) => Promise<void>} onStarted called once all run
 * @returns {Promise<number>} the exit code: 0 after a signal
 */
export async function supervise(startChildren, onStarted) {
  const halt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => halt.abort(signal))
  /** @type {Child[]} */
  const children = []
  try {
    for await (const child of startChildren(halt)) children.push(child)
    await onStarted(halt.signal)
    if (!halt.signal.aborted) await once(halt.signal, 'abort')
  } catch (error) {
    if (!halt.signal.aborted) throw error
  } finally {
    await stopChildren(children.toReversed())
  }
  return typeof halt.signal.reason === 'string' ? 0 : 1
}

/** @param {Child[]} children in stopping order */
async function stopChildren(children) {
  if (children.length === 0) return
  console.log(`\n  Stopping ${children.map(({ name }) => name).join(', then ')}`)
  for (const child of children) await child.stop()
  console.log('  Stopped')
}
