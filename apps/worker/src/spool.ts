import type { MetricFrame, MetricRow } from '@unroll/spec'

/** What the store makes of a frame. */
export type AppendAnswer = 'stored' | 'duplicate' | 'gap' | 'fenced'

const ROWS_PER_FRAME = 256

/** How long stored frames are kept for sending again: a server that crashes forgets what it had not yet put on disk, up to two seconds under `appendfsync everysec`. */
const KEEP_MS = 5_000

interface StoredFrame {
  frame: MetricFrame
  storedAt: number
}

/**
 * Rows on their way from a child to the store, numbered from 1 within their epoch. A frame leaves the spool only some
 * time after the store has it, so that an outage of Redis delays rows, and a crash of it forgets rows, but none is lost;
 * a repeated frame is recognised there.
 */
export class MetricSpool {
  #rows: MetricRow[] = []
  #firstSeq = 1
  /** The newest stored frames, oldest first. */
  #stored: StoredFrame[] = []
  #sending: Promise<'drained' | 'fenced'> | undefined
  readonly #append: (frame: MetricFrame) => Promise<AppendAnswer>
  readonly #clock: () => number

  /** @param clock milliseconds from any fixed moment */
  constructor(append: (frame: MetricFrame) => Promise<AppendAnswer>, clock: () => number) {
    this.#append = append
    this.#clock = clock
  }

  /** Rows the store does not have yet. */
  get size(): number {
    return this.#rows.length
  }

  add(rows: readonly MetricRow[]): void {
    this.#rows.push(...rows)
  }

  /** Sends all rows; calls made meanwhile share the one sending. Errors of the store leave the rest spooled and are passed on. */
  flush(): Promise<'drained' | 'fenced'> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #send(): Promise<'drained' | 'fenced'> {
    while (this.#rows.length > 0) {
      const frame = { firstSeq: this.#firstSeq, rows: this.#rows.slice(0, ROWS_PER_FRAME) }
      let answer = await this.#append(frame)
      if (answer === 'gap' && (await this.#repeat()) === 'repeated') answer = await this.#append(frame)
      if (answer === 'fenced') return 'fenced'
      if (answer === 'gap')
        throw new Error(`Cannot append row ${frame.firstSeq} as rows before it are missing in the store`)
      this.#keep(frame)
    }
    return 'drained'
  }

  /** Sends what the store had, and has forgotten: the frames keep their bounds, so those it still has are duplicates. */
  async #repeat(): Promise<'repeated' | 'impossible'> {
    for (const { frame } of this.#stored) {
      if ((await this.#append(frame)) === 'gap') return 'impossible'
    }
    return 'repeated'
  }

  #keep(frame: MetricFrame): void {
    const now = this.#clock()
    this.#rows.splice(0, frame.rows.length)
    this.#firstSeq += frame.rows.length
    this.#stored = [...this.#stored.filter(({ storedAt }) => now - storedAt < KEEP_MS), { frame, storedAt: now }]
  }
}
