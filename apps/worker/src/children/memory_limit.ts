// Ends a child whose run takes more memory than it may, before the system ends whatever it likes. The system itself cannot be told a
// limit without rights over cgroups, and a limit of addresses (RLIMIT_AS) does not suit V8, which reserves far more than it uses.

import { readFileSync } from 'node:fs'

/** A child that computes takes a gigabyte in about this time. */
const LOOK_EVERY_MS = 100
/** Of `/proc/PID/status`, in KiB: memory that is no file's, and what of it was swapped out. */
const OWN = /^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$/gm

export interface MemoryLimitOptions {
  pid: number
  /** Bytes that the process may take beyond what it has now. */
  bytes: number
  onExceeded: () => void
}

export class MemoryLimit {
  readonly #options: MemoryLimitOptions
  readonly #timer: NodeJS.Timeout
  readonly #before: number

  constructor(options: MemoryLimitOptions) {
    this.#options = options
    this.#before = measureOwnBytes(options.pid)
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { pid, bytes, onExceeded } = this.#options
    if (measureOwnBytes(pid) - this.#before <= bytes) return
    this.close()
    onExceeded()
  }
}

/** Bytes of a process that are no file's; 0 if the system does not tell: proc(5). */
function measureOwnBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Array.from(status.matchAll(OWN)).reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1024, 0)
  } catch {
    return 0
  }
}
