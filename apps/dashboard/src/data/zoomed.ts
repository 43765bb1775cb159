import type { StepRange } from '../charts/frame.ts'
import type { ViewContext } from '../context.ts'
import type { Source } from './feed.ts'

interface Rows {
  /** True where nothing is reduced. */
  readonly isWhole: boolean
  readonly lastStep: number
}

/** Rows of a run, reduced where it is long, and those of the range looked at, reduced less. They are kept up to date until `close`. */
export class Zoomed<Held extends Rows> {
  /** The run so far. */
  readonly whole: Held
  readonly #source: Source<Held>
  readonly #context: ViewContext
  readonly #onRows: () => void
  #range: StepRange | null = null
  /** What is here of the range. */
  #part: Held | undefined
  /** The newest step when the range was read; 0 where it was here already. */
  #readAt = 0
  #reading = new AbortController()
  readonly #closing = new AbortController()

  /** @param onRows is told after each answer that brought or took rows */
  constructor(context: ViewContext, source: Source<Held>, onRows: () => void) {
    const { signal } = context
    this.#context = { ...context, signal: this.#closing.signal }
    this.#source = source
    this.#onRows = onRows
    this.whole = source.empty()
    signal.addEventListener('abort', () => this.close(), { once: true })
    void source.follow(this.whole, { context: this.#context, onRows: () => this.#grew() })
  }

  /** What is to be drawn of the range looked at: the whole until its part is here. */
  get shown(): Held {
    return this.#part ?? this.whole
  }

  /** Looks at a range, or at the whole again. */
  zoomTo(range: StepRange | null): void {
    this.#range = range
    this.#part = undefined
    this.#read()
  }

  close(): void {
    this.#closing.abort()
    this.#reading.abort()
  }

  /** A range that reaches into what has come since is read anew. */
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
