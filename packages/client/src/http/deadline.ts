/** Aborts a request when nothing has come for some time, or when its caller aborts it. */
export class Deadline {
  /** Undefined where nothing ever aborts it: a request with a signal takes a tenth longer. */
  readonly signal: AbortSignal | undefined
  readonly #ms: number
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param ms from the last `restart()`; Infinity for none */
  constructor(ms: number, outer: AbortSignal | undefined) {
    this.signal = outer === undefined && !Number.isFinite(ms) ? undefined : this.#controller.signal
    this.#ms = ms
    this.#outer = outer
    // Not `AbortSignal.any()`: in Node 20 it grows an outer signal that outlives many requests.
    if (outer?.aborted === true) this.#follow()
    else outer?.addEventListener('abort', this.#follow, { once: true })
    this.restart()
  }

  restart(): void {
    this.pause()
    if (!Number.isFinite(this.#ms)) return
    const lost = () => this.#controller.abort(new DOMException(`Nothing came for ${this.#ms} ms`, 'TimeoutError'))
    this.#timer = setTimeout(lost, this.#ms)
  }

  /** No time counts until the next `restart()`. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  /** The request is over. */
  end(): void {
    this.pause()
    this.#outer?.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => {
    this.pause()
    this.#controller.abort(this.#outer?.reason)
  }
}
