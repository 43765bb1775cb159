// A child beside those that train, which keeps what it has open for many requests. It is taken with the first of them, and ends when
// there has been none for a while.

import type { Logger } from 'pino'
import type { FromChild, ToChild } from '../protocol.ts'
import type { TrainingChild } from '../supervise.ts'
import { besideVariables } from './job_variables.ts'
import type { WarmChildren } from './warm_children.ts'

/** Time without a request after which the child ends, and its memory is free. */
const IDLE_MS = 10 * 60_000

export interface KeptChildOptions {
  log: Logger
  /** Whether this machine trains on GPUs, which the child must then not see. */
  hasGpus: boolean
  children: Pick<WarmChildren, 'take'>
  /** Hears how much memory the child has, with what it keeps open, whenever that has changed; 0 without a child. */
  onHolds: (bytes: number) => void
}

export interface Serving {
  /** What the child does, and did, in the words of the log. */
  words: { does: string; did: string }
  onMessage: (message: FromChild) => void
  /** What was open when the child ended, for the log. */
  countOpen: () => Readonly<Record<string, number>>
  onEnd: () => void
}

export class KeptChild {
  readonly #options: KeptChildOptions
  readonly #serving: Serving
  #child: TrainingChild | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(options: KeptChildOptions, serving: Serving) {
    this.#options = options
    this.#serving = serving
  }

  /** The child, a new one where there is none. */
  take(): TrainingChild {
    clearTimeout(this.#idle)
    if (this.#child !== undefined) return this.#child
    const { children, hasGpus, log } = this.#options
    const child = children.take(besideVariables(hasGpus), (message) => this.#receive(message))
    log.info({ childPid: child.pid }, `a child ${this.#serving.words.does}`)
    this.#child = child
    void this.#awaitEnd(child)
    return child
  }

  /** Sends to the child, if there is one. */
  send(message: ToChild): void {
    this.#child?.send(message)
  }

  /** Ends the child once nothing has been asked for a while. */
  rest(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.kill(), IDLE_MS).unref()
  }

  kill(): void {
    this.#child?.kill()
  }

  async #awaitEnd(child: TrainingChild): Promise<void> {
    const exit = await child.exited
    const { words, countOpen, onEnd } = this.#serving
    this.#options.log.info({ ...exit, ...countOpen() }, `the child that ${words.did} has ended`)
    this.#child = undefined
    this.#options.onHolds(0)
    onEnd()
  }

  #receive(message: FromChild): void {
    const { log, onHolds } = this.#options
    if (message.type === 'failed') log.warn(message, `the child that ${this.#serving.words.does} has failed`)
    if (message.type === 'holds') return onHolds(message.bytes)
    this.#serving.onMessage(message)
  }
}
