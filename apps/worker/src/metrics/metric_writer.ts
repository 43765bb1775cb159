import type { Archiver } from '@unroll/history'
import { UnrollError, type MetricRow } from '@unroll/contract'
import { WAITING_BYTES } from '@unroll/store'
import type { Logger } from 'pino'
import { MetricSpool, type Append } from './spool.ts'

/** Bytes that may wait in Redis, for each kind of rows, while segments cannot be stored: beyond them rows wait here. */
const OUTAGE_BYTES = { scalars: 16 * 2 ** 20, flow: 16 * 2 ** 20 }

/** Pause between two tries to store a segment while none can be. */
const RETRY_MS = 5_000

/** Takes the rows of an attempt to the store, and has the oldest archived where it is full. */
export class MetricWriter {
  readonly #append: Append
  readonly #archiver: Archiver
  readonly #log: Logger
  readonly #spool: MetricSpool
  readonly #clock: () => number
  #waitingBytes = WAITING_BYTES
  /** When to try again to store a segment; never while all goes well. */
  #retryAt = Infinity
  #flushing: Promise<'drained' | 'fenced'> | undefined

  /** @param clock milliseconds from any fixed moment */
  constructor(
    { append, archiver, log }: { append: Append; archiver: Archiver; log: Logger },
    clock: () => number = () => performance.now(),
  ) {
    this.#append = append
    this.#archiver = archiver
    this.#log = log
    this.#clock = clock
    this.#spool = new MetricSpool((frame) => this.#append(frame, { waitingBytes: this.#waitingBytes }), clock)
  }

  /** Rows the store does not have yet. */
  get size(): number {
    return this.#spool.size
  }

  add(rows: readonly MetricRow[]): void {
    this.#spool.add(rows)
  }

  /** Sends all rows; calls made meanwhile share the one sending. Errors of the store leave the rest spooled and are passed on. */
  flush(): Promise<'drained' | 'fenced'> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flush(): Promise<'drained' | 'fenced'> {
    if (this.#clock() >= this.#retryAt && (await this.#makeRoom()) === 'fenced') return 'fenced'
    for (;;) {
      const answer = await this.#spool.flush()
      if (answer !== 'full') return answer
      if (this.#waitingBytes === OUTAGE_BYTES && this.#clock() < this.#retryAt)
        throw new UnrollError('STORE_UNAVAILABLE', 'Cannot append rows as none of those before can be archived')
      if ((await this.#makeRoom()) === 'fenced') return 'fenced'
    }
  }

  /** Segments that cannot be stored do not end a run: its rows wait in Redis, then here, until they can. */
  async #makeRoom(): Promise<'archived' | 'fenced'> {
    try {
      const answer = await this.#archiver.archive()
      this.#waitingBytes = WAITING_BYTES
      this.#retryAt = Infinity
      return answer
    } catch (error) {
      this.#log.warn(error, 'metrics not archived yet')
      this.#waitingBytes = OUTAGE_BYTES
      this.#retryAt = this.#clock() + RETRY_MS
      return 'archived'
    }
  }
}
