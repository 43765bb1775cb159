// Answers that a process waits for: a worker sends them to the mailbox of the process.

import { randomBytes } from 'node:crypto'
import type { Control } from '../fleet/control.ts'

const SPACE = 0x20

/** The mailbox of a process, which opens with the first answer that is waited for. */
export class Inbox {
  readonly mailbox: string = randomBytes(12).toString('base64url')
  readonly #control: Control
  readonly #awaited = new Map<string, Set<Awaited>>()
  #opening: Promise<unknown> | undefined

  constructor(control: Control) {
    this.#control = control
  }

  /** Begins to wait for an answer. @throws {UnrollError} STORE_UNAVAILABLE */
  async expect(name: string): Promise<Awaited> {
    this.#opening ??= this.#control
      .receive(this.mailbox, (message) => this.#hear(message))
      .catch((error: unknown) => {
        this.#opening = undefined
        throw error
      })
    await this.#opening
    const all = this.#awaited.get(name) ?? new Set()
    const awaited = new Awaited(() => {
      all.delete(awaited)
      if (all.size === 0) this.#awaited.delete(name)
    })
    this.#awaited.set(name, all.add(awaited))
    return awaited
  }

  /** A message of `answer_command`: a name, and after a space the answer, where it is not to be read. */
  #hear(message: Buffer): void {
    const end = message.indexOf(SPACE)
    const name = message.toString('latin1', 0, end === -1 ? message.length : end)
    const answer = end === -1 ? undefined : message.toString('utf8', end + 1)
    for (const awaited of this.#awaited.get(name) ?? []) awaited.tell(answer)
  }
}

/** An answer that is waited for. */
export class Awaited {
  /** Ends the waiting. */
  readonly end: () => void
  #isTold = false
  #answer: string | undefined
  #wake: (() => void) | undefined

  constructor(end: () => void) {
    this.end = end
  }

  /** @param answer undefined where it is to be read */
  tell(answer: string | undefined): void {
    this.#isTold = true
    this.#answer = answer
    this.#wake?.()
  }

  /** Waits for a message since the last wait, for `ms` at most. @returns the answer in JSON; undefined where it is to be looked for */
  async wait(ms: number): Promise<string | undefined> {
    if (!this.#isTold) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    this.#isTold = false
    return this.#answer
  }
}
