import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'

const RESTART_MS = 100
const STOP_MS = 10_000 // to end by itself before it is killed

/** A process that is started again whenever it ends, until it is stopped. */
export class KeptProcess {
  readonly #command: string
  readonly #args: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  readonly #log: WriteStream
  #process: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #isKept = true

  constructor(command: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; logFile: string }) {
    this.#command = command
    this.#args = args
    this.#env = options.env ?? process.env
    this.#log = createWriteStream(options.logFile, { flags: 'a' })
    this.#start()
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** False when there is nothing to signal just now. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#process?.kill(signal) ?? false
  }

  /** Stops it, and does not start it again before `up()`. */
  async down(): Promise<void> {
    this.#isKept = false
    clearTimeout(this.#timer)
    const process = this.#process
    if (process === undefined) return
    process.kill('SIGTERM')
    const timer = setTimeout(() => process.kill('SIGKILL'), STOP_MS)
    await once(process, 'exit')
    clearTimeout(timer)
  }

  /** Starts it again after `down()`. */
  up(): void {
    this.#isKept = true
    this.#start()
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    await this.down()
    this.#log.end()
  }

  #start(): void {
    const started = spawn(this.#command, this.#args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = started
    for (const stream of [started.stdout, started.stderr]) stream.pipe(this.#log, { end: false })
    started.once('exit', () => {
      this.#process = undefined
      if (this.#isKept) this.#timer = setTimeout(() => this.#start(), RESTART_MS)
    })
  }
}
