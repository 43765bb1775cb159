// Children that are started ahead of their jobs: work that takes a second (modules, libtensorflow, a first graph) is
// done before a job arrives. Each trains one run, like any child.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EngineChoice, Warmth } from '../protocol.ts'
import type { Variables } from './job_variables.ts'
import { TrainingChild, type ChildExit, type ChildOptions, type OnMessage } from '../supervise.ts'

/** Time for which no child is warmed after the start of a run. */
const REFILL_MS = 2_000
/** Pauses between attempts while children die before any request. */
const RETRY = { leastMs: 1_000, mostMs: 60_000 }

interface Waiting {
  readonly child: TrainingChild
  /** Its variables as text, the key for jobs. */
  readonly key: string
}

export interface WarmChildrenOptions extends ChildOptions {
  engine: EngineChoice
  /** For each slot that can train, the variables of a job with default settings. A child is kept warm for each. */
  variables: () => readonly Variables[]
  log: Logger
}

/** Waiting children, one for each slot. */
export class WarmChildren {
  readonly #options: WarmChildrenOptions
  readonly #closing = new AbortController()
  /** Started children, oldest first; the newest may still be loading the engine. */
  readonly #waiting: Waiting[] = []
  #retryMs = RETRY.leastMs
  #isFilling = false

  constructor(options: WarmChildrenOptions) {
    this.#options = options
  }

  /**
   * Lets the first child load the engine and report it; the worker process itself never loads one. The others follow.
   *
   * @throws Error when it cannot be loaded
   */
  async start(): Promise<Warmth> {
    let failure = `Cannot load engine "${this.#options.engine}" as the process that loads it ended`
    const [variables = {}] = this.#options.variables()
    const child = this.#begin(variables, (message) => {
      if (message.type === 'failed') failure = message.message
    })
    const warmth = await child.warmed
    if (warmth === undefined) {
      if ((await child.exited).frozen) failure += ': it neither said anything nor computed'
      this.close()
      throw new Error(failure)
    }
    this.refill()
    return warmth
  }

  /** Memory of the waiting children. */
  get pids(): readonly (number | undefined)[] {
    return this.#waiting.map(({ child }) => child.pid)
  }

  /**
   * A child with these variables for one run: a warm one if there is any. Another is warmed after the run has begun.
   */
  take(variables: Variables, onMessage: OnMessage): TrainingChild {
    const at = this.#waiting.findIndex(({ key }) => key === variablesKey(variables))
    const [waiting] = at === -1 ? [] : this.#waiting.splice(at, 1)
    const child = waiting?.child ?? this.#fork(variables, onMessage)
    child.onMessage = onMessage
    this.#refillAfter(REFILL_MS)
    return child
  }

  /**
   * Warms children, one after the other, until there is one for each slot; ends those of slots that can no longer
   * train.
   */
  refill(): void {
    const keys = this.#options.variables().map(variablesKey)
    for (const { child, key } of this.#waiting) if (!keys.includes(key)) child.kill()
    if (this.#isFilling) return
    this.#isFilling = true
    void this.#fill().finally(() => (this.#isFilling = false))
  }

  close(): void {
    this.#closing.abort()
    for (const { child } of this.#waiting) child.kill()
  }

  async #fill(): Promise<void> {
    for (;;) {
      const [missing] = this.#missing()
      if (this.#closing.signal.aborted || missing === undefined) return
      const warmth = await this.#begin(missing, () => {}).warmed
      if (warmth === undefined) return // it died; another is warmed after a pause
      this.#retryMs = RETRY.leastMs
    }
  }

  /** Variables without a waiting child. */
  #missing(): readonly Variables[] {
    const waiting = this.#waiting.map(({ key }) => key)
    return this.#options.variables().filter((variables) => {
      const at = waiting.indexOf(variablesKey(variables))
      if (at !== -1) waiting.splice(at, 1)
      return at === -1
    })
  }

  #fork(variables: Variables, onMessage: OnMessage): TrainingChild {
    const environment = { ...this.#options.environment, ...variables }
    return new TrainingChild({ ...this.#options, environment }, onMessage)
  }

  #begin(variables: Variables, onMessage: OnMessage): TrainingChild {
    const child = this.#fork(variables, onMessage)
    this.#waiting.push({ child, key: variablesKey(variables) })
    child.send({ type: 'warm', engine: this.#options.engine })
    void child.exited.then((exit) => this.#lose(child, exit))
    return child
  }

  #lose(child: TrainingChild, exit: ChildExit): void {
    const index = this.#waiting.findIndex((waiting) => waiting.child === child)
    if (index === -1) return // it was taken: its run reports its end
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

function variablesKey(variables: Variables): string {
  return JSON.stringify(variables, Object.keys(variables).toSorted())
}
