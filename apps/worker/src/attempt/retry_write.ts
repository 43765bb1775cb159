import { setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'

const RETRY_MS = 250

/** Repeats a write until the store takes it: an outage of Redis must not lose what a run has come to. Other errors are passed on. */
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
