// One long-running process of the service.
//
//   idle ──start()──▶ running ──it ends──▶ waiting ──back-off over──▶ running
//   running, waiting ──stop()──▶ stopped      running ──it ends, once too often──▶ given up (onGiveUp is called)
//
// The process gets a process group of its own, so that Ctrl-C in a terminal reaches this program alone and `stop()`
// decides when each child ends.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { LogFile } from './log-file.mjs'

/** How often a process may end before it is given up, and how long to wait before it is started again. */
export const RESTART = { ends: 5, withinMs: 60_000, minMs: 500, factor: 2 }
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
 * @property {typeof RESTART} [restart]
 * @property {(line: string) => string | undefined} [show] what of a line to show on the terminal; by default nothing
 * @property {(pid: number) => void} [onStart] called with each new process
 * @property {() => void} onGiveUp called when it ends again and again
 */

export class Child {
  /** @type {ChildOptions} */ #options
  /** Set while running, and only then. @type {import('node:child_process').ChildProcess | undefined} */ #process
  /** Resolves to how the latest process has ended. @type {Promise<string>} */ #end = Promise.resolve('')
  /** Set while waiting, and only then. @type {NodeJS.Timeout | undefined} */ #restart
  /** Once true it stays true: no end is a surprise any more. */ #stopping = false
  /** When processes ended, within `restart.withinMs`. @type {number[]} */ #ends = []
  /** The last lines of the latest process, oldest first. @type {string[]} */ #tail = []
  #log

  /** @param {ChildOptions} options */
  constructor(options) {
    this.#options = options
    this.#log = new LogFile(options.logFile)
  }

  get name() {
    return this.#options.name
  }

  start() {
    const { command, args, env = process.env, onStart } = this.#options
    const started = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#process = started
    this.#restart = undefined
    this.#tail = []
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
  }

  /** Asks it to stop, and kills it when it takes longer than `stopMs`. Resolves once it is gone. */
  async stop() {
    this.#stopping = true
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

  /** @param {string} line */
  #onLine(line) {
    this.#log.write(line)
    this.#tail = [...this.#tail, line].slice(-SHOWN_LINES)
    const shown = this.#options.show?.(line)
    if (shown !== undefined) console.error(`  [${this.name}] ${shown}`)
  }

  /** @param {string} how */
  #onEnd(how) {
    endGroup(this.#process?.pid)
    this.#process = undefined
    if (this.#stopping) return
    console.error(`  ${this.name} has ended (${how}); its last lines:`)
    for (const line of this.#tail) console.error(`    ${line}`)
    const { restart = RESTART, onGiveUp } = this.#options
    const now = performance.now()
    this.#ends = [...this.#ends.filter((time) => now - time < restart.withinMs), now]
    if (this.#ends.length >= restart.ends) {
      console.error(`  ${this.name} has ended ${restart.ends} times within ${restart.withinMs / 1000} s: giving up`)
      return onGiveUp()
    }
    const waitMs = restart.minMs * restart.factor ** (this.#ends.length - 1)
    console.error(`  Starting ${this.name} again in ${waitMs / 1000} s`)
    this.#restart = setTimeout(() => this.start(), waitMs)
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
