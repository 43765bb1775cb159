import type { LayerFlow, MetricFrame, MetricRow } from '@unroll/contract'
import type { AppendAnswer, AppendOptions } from '@unroll/store'

/** Appends a frame to the job of an attempt. */
export type Append = (frame: MetricFrame, options?: AppendOptions) => Promise<AppendAnswer>

const ROWS_PER_FRAME = 256
/** Numbers of a frame take about as many bytes at most; a row alone may take more. */
const BYTES_PER_FRAME = 128 * 2 ** 10

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
  /** What is being sent. Its bounds stay until there is an answer: one that got lost may have been 'stored'. */
  #sent: MetricFrame | undefined
  /** The newest stored frames, oldest first. */
  #stored: StoredFrame[] = []
  #sending: Promise<'drained' | 'fenced' | 'full'> | undefined
  readonly #append: Append
  readonly #clock: () => number

  /** @param clock milliseconds from any fixed moment */
  constructor(append: Append, clock: () => number) {
    this.#append = append
    this.#clock = clock
  }

  /** Rows the store does not have yet. */
  get size(): number {
    return this.#rows.length
  }

  add(rows: readonly MetricRow[]): void {
    for (const row of rows) this.#rows.push(row)
  }

  /** Sends all rows, until the store is full; calls made meanwhile share the one sending. Errors of the store leave the rest spooled and are passed on. */
  flush(): Promise<'drained' | 'fenced' | 'full'> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #send(): Promise<'drained' | 'fenced' | 'full'> {
    while (this.#rows.length > 0) {
      const frame = (this.#sent ??= { firstSeq: this.#firstSeq, rows: nextRows(this.#rows) })
      let answer = await this.#append(frame)
      if (answer === 'gap' && (await this.#repeat()) === 'repeated') answer = await this.#append(frame)
      if (answer === 'fenced' || answer === 'full') return answer
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
    this.#sent = undefined
    this.#rows.splice(0, frame.rows.length)
    this.#firstSeq += frame.rows.length
    this.#stored = [...this.#stored.filter(({ storedAt }) => now - storedAt < KEEP_MS), { frame, storedAt: now }]
  }
}

/** The first rows, as many as a frame holds: at least one. */
function nextRows(rows: readonly MetricRow[]): MetricRow[] {
  let bytes = 0
  const full = rows.slice(0, ROWS_PER_FRAME).findIndex((row, at) => {
    bytes += bytesOf(row)
    return at > 0 && bytes > BYTES_PER_FRAME
  })
  return rows.slice(0, full < 0 ? ROWS_PER_FRAME : full)
}

function bytesOf({ series, flow = [] }: MetricRow): number {
  const norms = flow.reduce((sum, layer) => sum + normsOf(layer), 0)
  return Object.keys(series).length * Float64Array.BYTES_PER_ELEMENT + norms * Float32Array.BYTES_PER_ELEMENT
}

function normsOf({ h, c, probe }: LayerFlow): number {
  return h.length + (c?.length ?? 0) + (probe?.length ?? 0)
}
