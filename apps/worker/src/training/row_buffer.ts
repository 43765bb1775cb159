import type { MetricRow } from '@unroll/contract'

const FLUSH_MS = 250
const FLUSH_ROWS = 256

/** The news since the last message: rows, and the newest completed step. */
export type Send = (rows: MetricRow[], step: number) => void

/**
 * Collects rows into a few messages a second, because each message wakes the worker and Redis on a processor that is
 * training. Not every step has a row; the messages also contain the progress.
 */
export class RowBuffer {
  #rows: MetricRow[] = []
  #step = 0
  #isNew = false
  /** The first rows are sent at once: a user waits for the start of the run. */
  #flushedAt = -Infinity
  readonly #send: Send
  readonly #clock: () => number

  /** @param clock returns milliseconds since any fixed time */
  constructor(send: Send, clock: () => number) {
    this.#send = send
    this.#clock = clock
  }

  add(row: MetricRow): void {
    this.#rows.push(row)
    this.#step = row.step
    this.#isNew = true
  }

  /** Records a completed step and its row, if it has one. */
  advanceTo(step: number): void {
    this.#step = step
    this.#isNew = true
    if (this.#rows.length >= FLUSH_ROWS || this.#clock() - this.#flushedAt >= FLUSH_MS) this.flush()
  }

  flush(): void {
    if (this.#isNew) this.#send(this.#rows, this.#step)
    this.#rows = []
    this.#isNew = false
    this.#flushedAt = this.#clock()
  }
}
