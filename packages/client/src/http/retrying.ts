import { UnrollProblem } from './problem.ts'

const UNAVAILABLE = 503

/** Whether a retry may help: no connection, or the service is not ready. */
export function isPassing(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof UnrollProblem && error.status === UNAVAILABLE)
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
