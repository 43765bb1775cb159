import { Readable } from 'node:stream'
import { spec } from 'node:test/reporters'

/** @typedef {{ type: string, data: any }} TestEvent */

/**
 * Node's readable report with the summary moved below the failures: it ends the output, whatever happened.
 * @param {AsyncIterable<TestEvent>} events of a test run
 * @returns {AsyncGenerator<string>}
 */
export async function* summaryLast(events) {
  /** @type {TestEvent[]} */
  const summary = []
  async function* rest() {
    for await (const event of events) {
      const ofWholeRun = event.type === 'test:diagnostic' && event.data.file === undefined
      if (ofWholeRun) summary.push(event)
      else yield event
    }
  }
  yield* Readable.from(rest()).compose(new spec())
  yield* Readable.from(summary).compose(new spec())
}
