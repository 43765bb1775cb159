// Distinguishes a frozen child from one that computes. A step blocks all other work of its process, so that silence
// alone proves nothing: a child is frozen if it neither sends a message nor uses processor time.

import { readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 1_000

export interface WatchdogOptions {
  pid: number
  /** Time for which the process may neither send a message nor compute. */
  silenceMs: number
  onFrozen: () => void
}

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #timer: NodeJS.Timeout
  #lookedAt = performance.now()
  #silentMs = 0
  /** Processor time of the process at the last look; undefined if it has sent a message since. */
  #processorTime: number | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  /** Records a message of the process. */
  hear(): void {
    this.#silentMs = 0
    this.#processorTime = undefined
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    // Time in which this process itself did not run, as in a paused container, does not count.
    const elapsed = Math.min(now - this.#lookedAt, 2 * LOOK_EVERY_MS)
    this.#lookedAt = now
    const before = this.#processorTime
    this.#processorTime = processorTime(this.#options.pid)
    const isStill = this.#processorTime !== undefined && this.#processorTime === before
    this.#silentMs = isStill ? this.#silentMs + elapsed : 0
    if (this.#silentMs < this.#options.silenceMs) return
    this.close()
    this.#options.onFrozen()
  }
}

/** Processor time of all threads of a process, in clock ticks; undefined if the system does not report it: proc(5). */
function processorTime(pid: number): number | undefined {
  try {
    // From the third field, the state, on: the second, the name, may contain blanks and ends with the last ")".
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return undefined
  }
}
