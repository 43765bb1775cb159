import { Readable } from 'node:stream'
import { spec } from 'node:test/reporters'

/** @typedef {{ type: string, data: any }} TestEvent */

/**
 * Node's readable report of runs that go on beside each other, one after the other, with one summary of all moved below the
 * failures: it ends the output, whatever happened.
 * @param {AsyncIterable<TestEvent>[]} runs
 * @param {() => string[]} closing lines that stand between the failures and the counts, asked for after all runs
 * @returns {AsyncGenerator<string>}
 */
export async function* summaryLast(runs, closing = () => []) {
  const summary = new Summary()
  async function* rest() {
    for (const events of runs) {
      for await (const event of events) {
        const ofWholeRun = event.type === 'test:diagnostic' && event.data.file === undefined
        if (ofWholeRun) summary.add(event)
        else yield event
      }
    }
  }
  yield* Readable.from(rest()).compose(new spec())
  for (const message of closing()) summary.tell(message)
  yield* Readable.from(summary.events()).compose(new spec())
}

/** What runs say of themselves, `tests 12` and the like: counts are added up, and the longest run is how long all took. */
class Summary {
  /** @type {Map<string, number>} */
  #numbers = new Map()
  /** @type {TestEvent[]} */
  #others = []

  /** @param {TestEvent} event */
  add(event) {
    const [, name, number] = /^(\w+) ([\d.]+)$/.exec(event.data.message) ?? []
    const before = this.#numbers.get(name ?? '') ?? 0
    if (name === undefined) this.#others.push(event)
    else this.#numbers.set(name, name === 'duration_ms' ? Math.max(before, Number(number)) : before + Number(number))
  }

  /** @param {string} message */
  tell(message) {
    this.#others.push(diagnostic(message))
  }

  /** @returns {TestEvent[]} */
  events() {
    const counted = [...this.#numbers].map(([name, number]) => diagnostic(`${name} ${number}`))
    return [...this.#others, ...counted]
  }
}

/** @param {string} message @returns {TestEvent} */
function diagnostic(message) {
  return { type: 'test:diagnostic', data: { nesting: 0, message } }
}
