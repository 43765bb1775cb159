// The worker's side of a child process, from fork to exit.
//
//   warming ──train──▶ starting ──ready──▶ training ──ended|failed──▶ leaving ──exit──▶ dead
//      └───────────────────┴───────────────────┴──── stop() ▶ stopping ──exit | grace is over: SIGKILL──▶ dead
//
// Whatever the child does, `exited` settles; a child that is stuck in native code is killed, never waited for, and so is one
// that is frozen, in any of these states: watchdog.ts.

import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { lowerPriority } from './training/priority.ts'
import type { FromChild, Heartbeat, Saving, ToChild, Warm, Warmth } from './protocol.ts'
import { MemoryLimit } from './children/memory_limit.ts'
import { withoutNewPrivileges } from './children/privileges.ts'
import { Watchdog } from './children/watchdog.ts'

/** Time for a child to exit by itself after its last message. */
const LEAVE_GRACE_MS = 5_000

const LAST_WORDS: readonly FromChild['type'][] = ['ended', 'evaluated', 'failed', 'corrupt']

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url))

export interface ChildExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** Whether it was killed because it neither sent a message nor computed. */
  frozen: boolean
  /** Whether it was killed because it took more memory than it may. */
  outgrown: boolean
}

export interface ChildOptions {
  /** Niceness of its process, from 0 to 19. */
  niceness: number
  /** Time for which it may neither send a message nor compute before it is killed. */
  silenceMs: number
  /** Its whole environment: child_environment.ts. */
  environment: NodeJS.ProcessEnv
}

export interface StopRequest {
  save: Saving
  /** Time for the stop; Infinity: as long as its step takes. */
  graceMs: number
}

export type OnMessage = (message: FromChild) => void

/** A child process that trains one run, or evaluates one checkpoint. */
export class TrainingChild {
  readonly exited: Promise<ChildExit>
  /** Settles once it is warm, with undefined if it ends before. */
  readonly warmed: Promise<Warmth | undefined>
  /** Receives all messages of the child. */
  onMessage: OnMessage
  readonly #process: ChildProcess
  #killTimer: NodeJS.Timeout | undefined
  #killAt = Infinity
  #isFrozen = false
  #isOutgrown = false
  #memoryLimit: MemoryLimit | undefined

  constructor({ niceness, silenceMs, environment }: ChildOptions, onMessage: OnMessage) {
    this.onMessage = onMessage
    this.#process = fork(CHILD, {
      ...withoutNewPrivileges(environment['PATH']),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: environment,
      detached: true, // its own session, so that its priority counts beside other sessions: priority.ts
    })
    const { pid } = this.#process
    if (pid !== undefined) void lowerPriority(pid, niceness)
    const watchdog = pid === undefined ? undefined : new Watchdog({ pid, silenceMs, onFrozen: () => this.#freeze() })
    let warm: (warmth: Warmth | undefined) => void
    this.warmed = new Promise((resolve) => (warm = resolve))
    this.#process.on('message', (given) => {
      const message = given as FromChild | Heartbeat | Warm
      watchdog?.hear()
      if (message.type === 'heartbeat') return
      if (message.type === 'warm') return warm(message.warmth)
      if (LAST_WORDS.includes(message.type)) this.#killAfter(LEAVE_GRACE_MS)
      this.onMessage(message)
    })
    this.exited = new Promise((resolve) => {
      // 'error' alone means that the process could not be started or signalled: there may be no exit.
      this.#process.once('error', () => resolve({ code: null, signal: null, frozen: false, outgrown: false }))
      this.#process.once('exit', (code, signal) =>
        resolve({ code, signal, frozen: this.#isFrozen, outgrown: this.#isOutgrown }),
      )
    })
    void this.exited.then(() => clearTimeout(this.#killTimer))
    void this.exited.then(() => watchdog?.close())
    void this.exited.then(() => this.#memoryLimit?.close())
    void this.exited.then(() => warm(undefined))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => {}) // A child that has exited meanwhile settles `exited`.
  }

  /** Kills the child once it takes so many bytes more than it has now. */
  limitMemory(bytes: number): void {
    const { pid } = this
    if (pid === undefined) return
    const onExceeded = () => {
      this.#isOutgrown = true
      this.kill()
    }
    this.#memoryLimit = new MemoryLimit({ pid, bytes, onExceeded })
  }

  /** Requests the child to stop between two steps, and kills it if it has not ended after `graceMs`. */
  stop({ save, graceMs }: StopRequest): void {
    this.send({ type: 'stop', save })
    this.#killAfter(graceMs)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #freeze(): void {
    this.#isFrozen = true
    this.kill()
  }

  /** Kills it after `ms`, unless an earlier kill is scheduled. */
  #killAfter(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.#killAt) return
    this.#killAt = at
    clearTimeout(this.#killTimer)
    this.#killTimer = setTimeout(() => this.kill(), ms)
  }
}
