import type { MetricRow } from '@unroll/contract'

const FLUSH_MS = 250
const FLUSH_ROWS = 256

/** What is new since the last message: rows, and the newest step finished. */
export type Send = (rows: MetricRow[], step: number) => void

/**
 * Gathers rows into a few messages a second: each wakes the worker, and Redis behind it, on a processor that is training.
 * Not every step has a row; how far the run is goes along.
 */
export class RowBuffer {
  #rows: MetricRow[] = []
  #step = 0
  #isNew = false
  /** The first rows do not wait: someone looks whether the run has begun. */
  #flushedAt = -Infinity
  readonly #send: Send
  readonly #clock: () => number

  /** @param clock milliseconds from any fixed moment */
  constructor(send: Send, clock: () => number) {
    this.#send = send
    this.#clock = clock
  }

  add(row: MetricRow): void {
    this.#rows.push(row)
    this.#step = row.step
    this.#isNew = true
  }

  /** A step is finished, its row added if it has one. */
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
