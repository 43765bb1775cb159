import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for `work`, for `ms` at most. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = sleep(ms, undefined, { signal: timer.signal }).catch(() => {}) // the abort
  await Promise.race([work, timeout])
  timer.abort()
}
