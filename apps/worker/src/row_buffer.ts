import type { MetricRow } from '@unroll/spec'

const FLUSH_MS = 100
const FLUSH_ROWS = 256

/** Gathers rows into messages of a few a second: a message for each step of a small network would cost as much as the step. */
export class RowBuffer {
  #rows: MetricRow[] = []
  #flushedAt: number
  readonly #send: (rows: MetricRow[]) => void
  readonly #clock: () => number

  constructor(send: (rows: MetricRow[]) => void, clock: () => number) {
    this.#send = send
    this.#clock = clock
    this.#flushedAt = clock()
  }

  add(row: MetricRow): void {
    this.#rows.push(row)
    if (this.#rows.length >= FLUSH_ROWS || this.#clock() - this.#flushedAt >= FLUSH_MS) this.flush()
  }

  flush(): void {
    if (this.#rows.length > 0) this.#send(this.#rows)
    this.#rows = []
    this.#flushedAt = this.#clock()
  }
}
