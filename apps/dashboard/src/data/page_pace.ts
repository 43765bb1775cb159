import type { Pace } from './poll.ts'

/** The timing of the page: real pauses, which `retryNow` ends early, and no progress while the page is hidden. */
export interface PagePace extends Pace {
  retryNow: () => void
}

const RETRY_NOW = 'retry-now'

export function pagePace(): PagePace {
  const bell = new EventTarget()
  return {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const done = new AbortController()
        const end = () => {
          clearTimeout(timer)
          done.abort()
          resolve()
        }
        const timer = setTimeout(end, ms)
        bell.addEventListener(RETRY_NOW, end, { signal: done.signal })
        signal.addEventListener('abort', end, { signal: done.signal })
      }),
    whenVisible: (signal) =>
      new Promise((resolve) => {
        if (!document.hidden || signal.aborted) return resolve()
        const done = new AbortController()
        const end = () => {
          if (document.hidden && !signal.aborted) return
          done.abort()
          resolve()
        }
        document.addEventListener('visibilitychange', end, { signal: done.signal })
        signal.addEventListener('abort', end, { signal: done.signal })
      }),
    retryNow: () => bell.dispatchEvent(new Event(RETRY_NOW)),
  }
}
