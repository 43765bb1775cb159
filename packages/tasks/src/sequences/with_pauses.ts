import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long a loop may keep the process from anything else, such as saying that it lives. */
const TURN_MS = 100

/** Items one after another; between them other work of the process is let in, now and then. */
export async function* withPauses<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  let until = performance.now() + TURN_MS
  for (const item of items) {
    yield item
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + TURN_MS
  }
}
