import { UnrollProblem } from './problem.ts'

const TOO_MANY_REQUESTS = 429
const UNAVAILABLE = 503

/** Pause before the first retry where the service names none; each further one is twice as long. */
const FIRST_MS = 500
/** A service that asks for a longer pause is not waited for. */
const LONGEST_MS = 60_000

/** Of a command that is on record, and is computed once a worker comes: who sends it again may have its answer. */
const STILL_ASKED = 'SESSION_TIMEOUT'

/** Whether a retry may help: no connection, no answer in time, or the service cannot answer now. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof UnrollProblem)) return isLost(error)
  return [TOO_MANY_REQUESTS, UNAVAILABLE].includes(error.status) || error.code === STILL_ASKED
}

/** Whether a request got no answer: no connection, or none in time. */
export function isLost(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')
}

/**
 * Milliseconds before a request is sent again; undefined where it is not to be.
 *
 * @param error of the last try
 * @param retry.count how often it was sent again already
 * @param retry.isRepeatable whether a request that has arrived may arrive again; one that was refused with 429 has done nothing
 */
export function chooseRetryDelay(
  error: unknown,
  { count, isRepeatable }: { count: number; isRepeatable: boolean },
): number | undefined {
  const isRefused = error instanceof UnrollProblem && error.status === TOO_MANY_REQUESTS
  if (!isPassing(error) || !(isRepeatable || isRefused)) return undefined
  const asked = error instanceof UnrollProblem ? error.retryAfterMs : undefined
  const ms = asked ?? FIRST_MS * 2 ** count * (0.5 + Math.random() / 2) // clients of one outage do not come back at once
  return ms > LONGEST_MS ? undefined : ms
}

/** Resolves after `ms`; rejects with the reason of `signal` when it aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
