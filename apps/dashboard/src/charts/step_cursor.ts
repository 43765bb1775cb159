type Listener = (source: unknown) => void

/** The training step that the charts of a run point at together, and the one that stays pinned. */
export class StepCursor {
  #pointed: number | null = null
  #pinned: number | null = null
  readonly #listeners = new Set<Listener>()

  /** The step under the pointer of any chart; null where there is none. */
  get pointed(): number | null {
    return this.#pointed
  }

  get pinned(): number | null {
    return this.#pinned
  }

  /** Points at a step. @param source the chart whose pointer moved, which its listener can tell from others */
  point(step: number | null, source: unknown): void {
    if (step === this.#pointed) return
    this.#pointed = step
    this.#tell(source)
  }

  /** Pins a step; null unpins. */
  pin(step: number | null): void {
    if (step === this.#pinned) return
    this.#pinned = step
    this.#tell(undefined)
  }

  /** Calls `listener` after each change, until `signal` aborts. */
  listen(listener: Listener, signal: AbortSignal): void {
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
  }

  #tell(source: unknown): void {
    for (const listener of this.#listeners) listener(source)
  }
}
