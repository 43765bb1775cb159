import { setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'
import type { Logger } from 'pino'

const RETRY_MS = 250

/** Repeats a write until the store accepts it: an outage of Redis must not lose the result of a run. Other errors are passed on. */
export async function retryWrite<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof UnrollError && error.code === 'STORE_UNAVAILABLE')) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** Moves and events of an attempt, written in the order in which they happened: each waits for the one before. */
export class WriteQueue {
  readonly #log: Logger
  #last: Promise<unknown> = Promise.resolve()

  constructor(log: Logger) {
    this.#log = log
  }

  add(write: () => Promise<unknown>): void {
    this.#last = this.#last
      .then(() => retryWrite(write))
      .catch((error: unknown) => this.#log.error(error, 'write failed'))
  }

  /** Resolves when every write added so far has ended. */
  async drain(): Promise<void> {
    await this.#last
  }
}
