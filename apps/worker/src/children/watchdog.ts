// Tells a child that is frozen from one that computes. A step holds up all else in its process for as long as it takes, so
// that silence alone says nothing: a child is frozen when it neither says anything nor uses processor time.

import { readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 1_000

export interface WatchdogOptions {
  pid: number
  /** How long the process may neither say anything nor compute. */
  silenceMs: number
  onFrozen: () => void
}

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #timer: NodeJS.Timeout
  #lookedAt = performance.now()
  #silentMs = 0
  /** Of the process at the last look; undefined where it has said something since. */
  #processorTime: number | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  /** The process has said something. */
  hear(): void {
    this.#silentMs = 0
    this.#processorTime = undefined
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    // Where this process did not run itself, as in a container that was paused, the other could not be heard.
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

/** What all threads of a process have computed, in clock ticks; undefined where the system does not tell: proc(5). */
function processorTime(pid: number): number | undefined {
  try {
    // From the third field, the state, on: the second, the name, may hold blanks and ends with the last ")".
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return undefined
  }
}
