// Children that are started ahead of the jobs they will train: what takes a second (modules, libtensorflow, a first graph) has
// been done when a job comes. Each trains one run, like any child.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EngineChoice, Warmth } from './protocol.ts'
import { VISIBLE } from './slots.ts'
import { TrainingChild, type ChildExit, type ChildOptions, type OnMessage } from './supervise.ts'

/** A run that begins has the processor to itself for this long. */
const REFILL_MS = 2_000
/** Pauses between tries while children die before they are asked anything. */
const RETRY = { leastMs: 1_000, mostMs: 60_000 }

/** uuid of a GPU; undefined: whatever the machine has. */
type Device = string | undefined

interface Waiting {
  readonly child: TrainingChild
  readonly device: Device
}

export interface WarmChildrenOptions extends ChildOptions {
  engine: EngineChoice
  /** What each slot that can train is bound to: a GPU by its uuid, or nothing. A child is kept warm for each. */
  devices: () => readonly Device[]
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
    const child = this.#begin(this.#options.devices()[0], (message) => {
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

  /** A child for one run on a device: a warm one where there is any. Another is warmed once the run has begun. */
  take(device: Device, onMessage: OnMessage): TrainingChild {
    const at = this.#waiting.findIndex((waiting) => waiting.device === device)
    const [waiting] = at === -1 ? [] : this.#waiting.splice(at, 1)
    const child = waiting?.child ?? this.#fork(device, onMessage)
    child.onMessage = onMessage
    this.#refillAfter(REFILL_MS)
    return child
  }

  /** Has children warmed, one after the other, until there is one for each slot; those of slots that can no longer train are ended. */
  refill(): void {
    const devices = this.#options.devices()
    for (const { child, device } of this.#waiting) if (!devices.includes(device)) child.kill()
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
      const missing = this.#missing()
      if (this.#closing.signal.aborted || missing.length === 0) return
      const warmth = await this.#begin(missing[0], () => {}).warmed
      if (warmth === undefined) return // it died, and another is warmed after a pause
      this.#retryMs = RETRY.leastMs
    }
  }

  /** Devices of slots that no child waits for. */
  #missing(): readonly Device[] {
    const waiting = this.#waiting.map(({ device }) => device)
    return this.#options.devices().filter((device) => {
      const at = waiting.indexOf(device)
      if (at !== -1) waiting.splice(at, 1)
      return at === -1
    })
  }

  #fork(device: Device, onMessage: OnMessage): TrainingChild {
    const environment = { ...this.#options.environment, ...(device !== undefined && { [VISIBLE]: device }) }
    return new TrainingChild({ ...this.#options, environment }, onMessage)
  }

  #begin(device: Device, onMessage: OnMessage): TrainingChild {
    const child = this.#fork(device, onMessage)
    this.#waiting.push({ child, device })
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
