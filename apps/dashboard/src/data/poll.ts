/** What a tick asks for: another one after the pause, another one at once, or none. */
export type Next = 'later' | 'now' | 'stop'

/** How time passes for a poll; the page's own is `pagePace`. */
export interface Pace {
  /** Ends after `ms`, or sooner when a retry is asked for. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends once somebody can see the page. */
  whenVisible: (signal: AbortSignal) => Promise<void>
}

/** Is told how each tick went. */
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

/** Pause after failures in a row: doubling from the first to the last. */
export const RETRY = { minMs: 1_000, maxMs: 15_000, factor: 2 } as const

/**
 * Runs `tick` again and again until it says stop or `signal` aborts: never two at a time, never while the page is hidden.
 * A tick that throws is told to `connection` and tried again after a growing pause.
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
