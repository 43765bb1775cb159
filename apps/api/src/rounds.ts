import { setTimeout as sleep } from 'node:timers/promises'

/** Work that is done again and again. */
export interface Rounds {
  /** Resolves once the round under way has ended. */
  close(): Promise<void>
}

/**
 * Does `round` every `ms` until it is closed; after a round that failed comes the next one. A round is handed a signal that
 * aborts when it is to end early.
 */
export function inRounds(
  ms: number,
  round: (signal: AbortSignal) => Promise<unknown>,
  told: (error: unknown) => void,
): Rounds {
  const stop = new AbortController()
  const { signal } = stop
  const rounds = keep()

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await round(signal).catch(told)
      await sleep(ms, undefined, { signal }).catch(() => {}) // the abort
    }
  }

  return {
    async close() {
      stop.abort()
      await rounds
    },
  }
}
