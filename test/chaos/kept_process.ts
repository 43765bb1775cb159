import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'

const RESTART_MS = 100

/** A process that is started again whenever it ends, until it is stopped. */
export class KeptProcess {
  readonly #command: string
  readonly #args: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  readonly #log: WriteStream
  #process: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

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

  /** Stops it for good. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const process = this.#process
    if (process !== undefined) {
      process.kill('SIGTERM')
      const timer = setTimeout(() => process.kill('SIGKILL'), 10_000)
      await once(process, 'exit')
      clearTimeout(timer)
    }
    this.#log.end()
  }

  #start(): void {
    const started = spawn(this.#command, this.#args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = started
    for (const stream of [started.stdout, started.stderr]) stream.pipe(this.#log, { end: false })
    started.once('exit', () => {
      this.#process = undefined
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#start(), RESTART_MS)
    })
  }
}
