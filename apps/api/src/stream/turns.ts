import { setImmediate as nextTurn } from 'node:timers/promises'

let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a later turn of the event loop, a turn of its own for each caller. Long work that waits for it before each of its
 * pieces delays a poll by one piece at most, however many have such work.
 */
export function turn(): Promise<void> {
  last = last.then(() => nextTurn())
  return last
}
