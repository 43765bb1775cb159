import type { StepRange } from '../charts/frame.ts'
import type { ViewContext } from '../context.ts'
import type { Source } from './feed.ts'

/** A range that is moved is read once it rests. */
const REST_MS = 60

interface Rows {
  /** Whether nothing is reduced. */
  readonly isWhole: boolean
  readonly lastStep: number
}

/**
 * Rows of a run, reduced if it is long, and those of the zoomed range, reduced less. They are updated until `close`.
 */
export class Zoomed<Held extends Rows> {
  /** The run so far. */
  readonly whole: Held
  readonly #source: Source<Held>
  readonly #context: ViewContext
  readonly #onRows: () => void
  #range: StepRange | null = null
  /** The loaded part of the range. */
  #part: Held | undefined
  /** The newest step when the range was read; 0 if it was already loaded. */
  #readAt = 0
  #reading = new AbortController()
  #resting: ReturnType<typeof setTimeout> | undefined
  readonly #closing = new AbortController()

  /** @param onRows is called after each response that added or removed rows */
  constructor(context: ViewContext, source: Source<Held>, onRows: () => void) {
    const { signal } = context
    this.#context = { ...context, signal: this.#closing.signal }
    this.#source = source
    this.#onRows = onRows
    this.whole = source.empty()
    signal.addEventListener('abort', () => this.close(), { once: true })
    void source.follow(this.whole, { context: this.#context, onRows: () => this.#grew() })
  }

  /** The rows to draw for the zoomed range: those of the whole run until its own are loaded. */
  get shown(): Held {
    return this.#part ?? this.whole
  }

  /** Zooms to a range, or back to the whole. */
  zoomTo(range: StepRange | null): void {
    const isMoved = this.#range !== null && range !== null
    this.#range = range
    this.#part = undefined
    clearTimeout(this.#resting)
    this.#reading.abort()
    if (isMoved) this.#resting = setTimeout(() => this.#read(), REST_MS)
    else this.#read()
  }

  close(): void {
    clearTimeout(this.#resting)
    this.#closing.abort()
    this.#reading.abort()
  }

  /** A range that contains newer rows is read again. */
  #grew(): void {
    if (this.#range !== null && this.#range.to > this.#readAt) this.#read()
    this.#onRows()
  }

  #read(): void {
    this.#reading.abort()
    this.#reading = new AbortController()
    this.#readAt = this.whole.isWhole ? 0 : this.whole.lastStep
    if (this.#range === null || this.whole.isWhole) return
    const part = this.#source.empty()
    const onRows = () => {
      this.#part = part
      this.#onRows()
    }
    void this.#source.read(part, this.#range, { context: { ...this.#context, signal: this.#reading.signal }, onRows })
  }
}
