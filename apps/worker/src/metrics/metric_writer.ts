import type { Archiver } from '@unroll/history'
import { UnrollError, type LayerFlow, type MetricFrame, type MetricRow } from '@unroll/contract'
import { WAITING_BYTES, type AppendAnswer, type AppendOptions } from '@unroll/store'
import type { Logger } from 'pino'

/** Appends a frame to the job of an attempt. */
export type Append = (frame: MetricFrame, options?: AppendOptions) => Promise<AppendAnswer>

const ROWS_PER_FRAME = 256
/** Numbers of a frame take about as many bytes at most; a row alone may take more. */
const BYTES_PER_FRAME = 128 * 2 ** 10

/** How long stored frames are kept for sending again: a server that crashes forgets what it had not yet put on disk, up to two seconds under `appendfsync everysec`. */
const KEEP_MS = 5_000

/** Bytes of each kind of rows that may stay in Redis while segments cannot be stored: beyond them rows wait here. */
const OUTAGE_BYTES = { scalars: 16 * 2 ** 20, flow: 16 * 2 ** 20 }

/** Pause between two attempts to store a segment while this fails. */
const RETRY_MS = 5_000

interface StoredFrame {
  frame: MetricFrame
  storedAt: number
}

/**
 * Takes the rows of an attempt, numbered from 1 within their epoch, to the store, and has the oldest archived where it is
 * full. A frame is kept until some time after the store has it, so that an outage of Redis delays rows, and a crash of it
 * forgets rows, but none is lost; a repeated frame is recognised there.
 */
export class MetricWriter {
  readonly #append: Append
  readonly #archiver: Pick<Archiver, 'archive'>
  readonly #log: Logger
  readonly #clock: () => number
  /** Number of rows that the store has not confirmed. */
  #rows: MetricRow[] = []
  #firstSeq = 1
  /** What is being sent. Its bounds stay until there is an answer: one that got lost may have been 'stored'. */
  #sent: MetricFrame | undefined
  /** The newest stored frames, oldest first. */
  #stored: StoredFrame[] = []
  #waitingBytes = WAITING_BYTES
  /** Time of the next attempt to store a segment; never without a failure. */
  #retryAt = Infinity
  #flushing: Promise<'drained' | 'fenced'> | undefined

  /** @param clock returns milliseconds since any fixed time */
  constructor(
    { append, archiver, log }: { append: Append; archiver: Pick<Archiver, 'archive'>; log: Logger },
    clock: () => number = () => performance.now(),
  ) {
    this.#append = append
    this.#archiver = archiver
    this.#log = log
    this.#clock = clock
  }

  /** Number of rows that the store has not confirmed. */
  get size(): number {
    return this.#rows.length
  }

  add(rows: readonly MetricRow[]): void {
    for (const row of rows) this.#rows.push(row)
  }

  /**
   * Sends all rows; concurrent calls share one sending. After an error of the store, which is thrown, the rest stays
   * spooled.
   */
  flush(): Promise<'drained' | 'fenced'> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flush(): Promise<'drained' | 'fenced'> {
    if (this.#clock() >= this.#retryAt && (await this.#makeRoom()) === 'fenced') return 'fenced'
    while (this.#rows.length > 0) {
      const frame = (this.#sent ??= { firstSeq: this.#firstSeq, rows: nextRows(this.#rows) })
      const answer = await this.#send(frame)
      if (answer === 'fenced') return 'fenced'
      if (answer !== 'full') this.#keep(frame)
      else if (this.#waitingBytes === OUTAGE_BYTES && this.#clock() < this.#retryAt)
        throw new UnrollError('STORE_UNAVAILABLE', 'Cannot append rows as none of those before can be archived')
      else if ((await this.#makeRoom()) === 'fenced') return 'fenced'
    }
    return 'drained'
  }

  /** Sends a frame, and before it those that the store had and has forgotten: as their bounds stay, those it still has are duplicates. */
  async #send(frame: MetricFrame): Promise<Exclude<AppendAnswer, 'gap'>> {
    const append = (each: MetricFrame) => this.#append(each, { waitingBytes: this.#waitingBytes })
    let answer = await append(frame)
    if (answer !== 'gap') return answer
    for (const { frame: earlier } of this.#stored) {
      answer = await append(earlier)
      if (answer === 'gap') break
    }
    if (this.#stored.length > 0 && answer !== 'gap') answer = await append(frame)
    if (answer === 'gap')
      throw new Error(`Cannot append row ${frame.firstSeq} as rows before it are missing in the store`)
    return answer
  }

  #keep(frame: MetricFrame): void {
    const now = this.#clock()
    this.#sent = undefined
    this.#rows.splice(0, frame.rows.length)
    this.#firstSeq += frame.rows.length
    this.#stored = [...this.#stored.filter(({ storedAt }) => now - storedAt < KEEP_MS), { frame, storedAt: now }]
  }

  /** A segment that cannot be stored does not end a run: its rows wait in Redis, then here. */
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

/** The first rows, as many as a frame holds: at least one. */
function nextRows(rows: readonly MetricRow[]): MetricRow[] {
  let bytes = 0
  const full = rows.slice(0, ROWS_PER_FRAME).findIndex((row, at) => {
    bytes += countBytes(row)
    return at > 0 && bytes > BYTES_PER_FRAME
  })
  return rows.slice(0, full < 0 ? ROWS_PER_FRAME : full)
}

function countBytes({ series, flow = [] }: MetricRow): number {
  const norms = flow.reduce((sum, layer) => sum + countNormBytes(layer), 0)
  return Object.keys(series).length * Float64Array.BYTES_PER_ELEMENT + norms
}

function countNormBytes(layer: LayerFlow): number {
  const all: readonly (Float32Array | Float64Array)[] = Object.values(layer)
  return all.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
