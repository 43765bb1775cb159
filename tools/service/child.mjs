// One long-running process of the service.
//
//   idle ──start()──▶ running ──it ends, or is killed as it no longer answers──▶ waiting ──pause over──▶ running
//   running, waiting ──stop()──▶ stopped
//   running ──it ends, as all its starts did, once too often──▶ given up (onGiveUp is called)
//
// Only what has never come up is given up: its settings are at fault, and whoever has started it is there to read why. What
// has been up once is started again for as long as it takes.
//
// The process gets a process group of its own, so that Ctrl-C in a terminal reaches this program alone and `stop()`
// decides when each child ends.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { watchLiveness } from './liveness.mjs'
import { LogFile } from './log-file.mjs'

/** @import { Liveness } from './liveness.mjs' */

/**
 * The pause before a process is started again: it grows with each end, and is the least again once a process has lived for
 * `steadyMs`. A process that has never come up is started `starts` times.
 */
export const RESTART = { starts: 5, leastMs: 500, factor: 2, mostMs: 30_000, steadyMs: 60_000 }
const SHOWN_LINES = 15
/** How long after a process has ended something it has started may go on holding its output open. */
const LAST_LINES_MS = 1_000

/**
 * @typedef {object} ChildOptions
 * @property {string} name as shown on the terminal
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} [env] defaults to this process's own
 * @property {string} logFile takes all of its output, the newest of it should that be much
 * @property {number} stopMs how long it may take to stop on SIGTERM before it is killed
 * @property {Liveness} [liveness] how to tell that it lives; it has come up once it answers, without this once it has lived
 *   for `steadyMs`
 * @property {typeof RESTART} [restart]
 * @property {(line: string) => string | undefined} [show] what of a line to show on the terminal; by default nothing
 * @property {(pid: number) => void} [onStart] called with each new process
 * @property {() => void} onGiveUp called when it ends again and again, and has never come up
 */

export class Child {
  /** @type {ChildOptions} */ #options
  /** Set while running, and only then. @type {import('node:child_process').ChildProcess | undefined} */ #process
  /** Resolves to how the latest process has ended. @type {Promise<string>} */ #end = Promise.resolve('')
  /** Set while waiting, and only then. @type {NodeJS.Timeout | undefined} */ #restart
  /** Once true it stays true: no end is a surprise any more. */ #stopping = false
  /** Ends the watch over the latest process. */ #unwatch = () => {}
  #startedAt = 0
  #starts = 0
  #hasComeUp = false
  /** Before the next start. */ #pauseMs
  /** The last lines of the latest process, oldest first. @type {string[]} */
  #tail = []
  /** Whether the terminal has the last line already. */
  #hasShownLast = false
  #log

  /** @param {ChildOptions} options */
  constructor(options) {
    this.#options = options
    this.#log = new LogFile(options.logFile)
    this.#pauseMs = (options.restart ?? RESTART).leastMs
  }

  get name() {
    return this.#options.name
  }

  start() {
    const { command, args, env = process.env, onStart } = this.#options
    const started = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#process = started
    this.#startedAt = performance.now()
    this.#starts += 1
    this.#restart = undefined
    this.#tail = []
    this.#hasShownLast = false
    for (const stream of [started.stdout, started.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#onLine(line))
    this.#end = new Promise((resolve) => {
      started.once('error', (error) => resolve(error.message))
      started.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`
        const limit = setTimeout(resolve, LAST_LINES_MS, how)
        started.once('close', () => {
          clearTimeout(limit)
          resolve(how)
        })
      })
    })
    void this.#end.then((how) => this.#onEnd(how))
    if (started.pid !== undefined) onStart?.(started.pid)
    this.#unwatch = this.#watch(started)
  }

  /** Asks it to stop, and kills it when it takes longer than `stopMs`. Resolves once it is gone. */
  async stop() {
    this.#stopping = true
    this.#unwatch()
    clearTimeout(this.#restart)
    const { name, stopMs } = this.#options
    const limit = setTimeout(() => {
      console.error(`  ${name} has not stopped within ${stopMs / 1000} s: killing it`)
      this.#process?.kill('SIGKILL')
    }, stopMs)
    this.#process?.kill('SIGTERM')
    await this.#end
    clearTimeout(limit)
    this.#log.close()
  }

  /** @param {import('node:child_process').ChildProcess} watched */
  #watch(watched) {
    const { name, liveness } = this.#options
    if (liveness === undefined) return () => {}
    return watchLiveness(liveness, {
      onAnswer: () => (this.#hasComeUp = true),
      onSilent: (silentMs) => {
        console.error(`  ${name} has not answered for ${Math.round(silentMs / 1000)} s: killing it`)
        watched.kill('SIGKILL')
      },
    })
  }

  /** @param {string} line */
  #onLine(line) {
    this.#log.write(line)
    this.#tail = [...this.#tail, line].slice(-SHOWN_LINES)
    const shown = this.#options.show?.(line)
    this.#hasShownLast = shown !== undefined
    if (shown !== undefined) console.error(`  [${this.name}] ${shown}`)
  }

  /** @param {string} how */
  #onEnd(how) {
    endGroup(this.#process?.pid)
    this.#process = undefined
    this.#unwatch()
    if (this.#stopping) return
    console.error(`  ${this.name} has ended (${how})${this.#hasShownLast ? '' : '; its last lines:'}`)
    if (!this.#hasShownLast) for (const line of this.#tail) console.error(`    ${line}`)
    this.#startAgain()
  }

  #startAgain() {
    const { restart = RESTART, liveness, onGiveUp } = this.#options
    const isSteady = performance.now() - this.#startedAt >= restart.steadyMs
    if (isSteady) this.#pauseMs = restart.leastMs
    if (isSteady && liveness === undefined) this.#hasComeUp = true
    if (!this.#hasComeUp && this.#starts >= restart.starts) {
      const often = this.#starts === 1 ? '' : ` has ended ${this.#starts} times and`
      console.error(`  ${this.name}${often} has never come up: giving up`)
      return onGiveUp()
    }
    console.error(`  Starting ${this.name} again in ${this.#pauseMs / 1000} s`)
    this.#restart = setTimeout(() => this.start(), this.#pauseMs)
    this.#pauseMs = Math.min(restart.factor * this.#pauseMs, restart.mostMs)
  }
}

/**
 * Ends what a process has started and left behind.
 * @param {number | undefined} leader undefined when it never ran
 */
function endGroup(leader) {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // Nothing was left
  }
}
