import { setTimeout as sleep } from 'node:timers/promises'

/** Work that is repeated. */
export interface Rounds {
  /** Resolves after the current round. */
  close(): Promise<void>
}

/**
 * Runs `round` every `ms` until it is closed, also after a failed round. The signal of a round aborts when it must end
 * early.
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
