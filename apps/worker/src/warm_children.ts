// Children that are started ahead of the jobs they will train: what takes a second (modules, libtensorflow, a first graph) has
// been done when a job comes. Each trains one run, like any child.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EngineChoice, Warmth } from './protocol.ts'
import { TrainingChild, type ChildExit, type ChildOptions, type OnMessage } from './supervise.ts'

/** A run that begins has the processor to itself for this long. */
const REFILL_MS = 2_000
/** Pauses between tries while children die before they are asked anything. */
const RETRY = { leastMs: 1_000, mostMs: 60_000 }

export interface WarmChildrenOptions extends ChildOptions {
  engine: EngineChoice
  /** How many are kept warm. */
  count: number
  log: Logger
}

/** Children that wait for their runs, one for each slot. */
export class WarmChildren {
  readonly #options: WarmChildrenOptions
  readonly #closing = new AbortController()
  /** Started and not yet taken, oldest first; the newest may still be loading the engine. */
  readonly #waiting: TrainingChild[] = []
  #retryMs = RETRY.leastMs
  #isFilling = false

  constructor(options: WarmChildrenOptions) {
    this.#options = options
  }

  /**
   * Has the first child load the engine and say what it is; the worker process itself never loads one. The others follow.
   *
   * @throws Error when it cannot be loaded
   */
  async start(): Promise<Warmth> {
    let failure = ''
    const child = this.#begin((message) => {
      if (message.type === 'failed') failure = `: ${message.message}`
    })
    const warmth = await child.warmed
    if (warmth === undefined) {
      if ((await child.exited).frozen) failure = ': the process that loads it neither said anything nor computed'
      this.close()
      throw new Error(`Cannot load engine "${this.#options.engine}"${failure}`)
    }
    this.refill()
    return warmth
  }

  /** Of the children that wait. */
  get pids(): readonly (number | undefined)[] {
    return this.#waiting.map(({ pid }) => pid)
  }

  /** A child for one run: a warm one where there is any. Another is warmed once the run has begun. */
  take(onMessage: OnMessage): TrainingChild {
    const child = this.#waiting.shift() ?? new TrainingChild(this.#options, onMessage)
    child.onMessage = onMessage
    this.#refillAfter(REFILL_MS)
    return child
  }

  /** Has children warmed, one after the other, until there are enough. */
  refill(): void {
    if (this.#isFilling) return
    this.#isFilling = true
    void this.#fill().finally(() => (this.#isFilling = false))
  }

  close(): void {
    this.#closing.abort()
    for (const child of this.#waiting) child.kill()
  }

  async #fill(): Promise<void> {
    while (!this.#closing.signal.aborted && this.#waiting.length < this.#options.count) {
      const warmth = await this.#begin(() => {}).warmed
      if (warmth === undefined) return // it died, and another is warmed after a pause
      this.#retryMs = RETRY.leastMs
    }
  }

  #begin(onMessage: OnMessage): TrainingChild {
    const child = new TrainingChild(this.#options, onMessage)
    this.#waiting.push(child)
    child.send({ type: 'warm', engine: this.#options.engine })
    void child.exited.then((exit) => this.#lose(child, exit))
    return child
  }

  #lose(child: TrainingChild, exit: ChildExit): void {
    const index = this.#waiting.indexOf(child)
    if (index === -1) return // it was taken: its run says what became of it
    this.#waiting.splice(index, 1)
    if (this.#closing.signal.aborted) return
    this.#options.log.warn({ ...exit, retryMs: this.#retryMs }, 'a child ended before it had a run')
    this.#refillAfter(this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY.mostMs)
  }

  #refillAfter(ms: number): void {
    void sleep(ms, undefined, { signal: this.#closing.signal, ref: false }).then(
      () => this.refill(),
      () => {}, // closing
    )
  }
}
