/** The request of a tick: another tick after the pause, another at once, or none. */
export type Next = 'later' | 'now' | 'stop'

/** The timing of a poll; that of the page is `pagePace`. */
export interface Pace {
  /** Resolves after `ms`, or earlier on a request to retry. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Resolves once the page is visible. */
  whenVisible: (signal: AbortSignal) => Promise<void>
}

/** Receives the result of each tick. */
export interface Connection {
  succeeded: () => void
  failed: (error: unknown, retryMs: number) => void
}

export interface PollOptions {
  /** Pause between the end of one tick and the next, in milliseconds. */
  everyMs: number
  signal: AbortSignal
  pace: Pace
  connection: Connection
}

/** Pause after consecutive failures: doubles from the first to the last. */
export const RETRY = { minMs: 1_000, maxMs: 15_000, factor: 2 } as const

/**
 * Repeats `tick` until it returns stop or `signal` aborts: never two at a time, never while the page is hidden. A
 * failed tick is reported to `connection` and repeated after a growing pause.
 */
export async function poll(
  tick: (signal: AbortSignal) => Promise<Next>,
  { everyMs, signal, pace, connection }: PollOptions,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    await pace.whenVisible(signal)
    if (signal.aborted) return
    try {
      const next = await tick(signal)
      failures = 0
      connection.succeeded()
      if (next === 'stop') return
      if (next === 'later') await pace.sleep(everyMs, signal)
    } catch (error) {
      if (signal.aborted) return
      const retryMs = Math.min(RETRY.maxMs, RETRY.minMs * RETRY.factor ** failures)
      failures += 1
      connection.failed(error, retryMs)
      await pace.sleep(retryMs, signal)
    }
  }
}
