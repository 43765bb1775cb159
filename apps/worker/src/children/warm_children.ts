// Children that are started ahead of the jobs they will train: what takes a second (modules, libtensorflow, a first graph) has
// been done when a job comes. Each trains one run, like any child.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EngineChoice, Warmth } from '../protocol.ts'
import type { Variables } from './job_variables.ts'
import { TrainingChild, type ChildExit, type ChildOptions, type OnMessage } from '../supervise.ts'

/** A run that begins has the processor to itself for this long. */
const REFILL_MS = 2_000
/** Pauses between tries while children die before they are asked anything. */
const RETRY = { leastMs: 1_000, mostMs: 60_000 }

interface Waiting {
  readonly child: TrainingChild
  /** Its variables as text, by which a job finds it. */
  readonly key: string
}

export interface WarmChildrenOptions extends ChildOptions {
  engine: EngineChoice
  /** Of each slot that can train, the variables of a job that asks for nothing special. A child is kept warm for each. */
  variables: () => readonly Variables[]
  log: Logger
}

/** Children that wait for their runs, one for each slot. */
export class WarmChildren {
  readonly #options: WarmChildrenOptions
  readonly #closing = new AbortController()
  /** Started and not yet taken, oldest first; the newest may still be loading the engine. */
  readonly #waiting: Waiting[] = []
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

  /** Of the children that wait. */
  get pids(): readonly (number | undefined)[] {
    return this.#waiting.map(({ child }) => child.pid)
  }

  /** A child for one run that has these variables: a warm one where there is any. Another is warmed once the run has begun. */
  take(variables: Variables, onMessage: OnMessage): TrainingChild {
    const at = this.#waiting.findIndex(({ key }) => key === keyOf(variables))
    const [waiting] = at === -1 ? [] : this.#waiting.splice(at, 1)
    const child = waiting?.child ?? this.#fork(variables, onMessage)
    child.onMessage = onMessage
    this.#refillAfter(REFILL_MS)
    return child
  }

  /** Has children warmed, one after the other, until there is one for each slot; those of slots that can no longer train are ended. */
  refill(): void {
    const keys = this.#options.variables().map(keyOf)
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
      if (warmth === undefined) return // it died, and another is warmed after a pause
      this.#retryMs = RETRY.leastMs
    }
  }

  /** Variables that no child waits with. */
  #missing(): readonly Variables[] {
    const waiting = this.#waiting.map(({ key }) => key)
    return this.#options.variables().filter((variables) => {
      const at = waiting.indexOf(keyOf(variables))
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
    this.#waiting.push({ child, key: keyOf(variables) })
    child.send({ type: 'warm', engine: this.#options.engine })
    void child.exited.then((exit) => this.#lose(child, exit))
    return child
  }

  #lose(child: TrainingChild, exit: ChildExit): void {
    const index = this.#waiting.findIndex((waiting) => waiting.child === child)
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

function keyOf(variables: Variables): string {
  return JSON.stringify(variables, Object.keys(variables).toSorted())
}
