import { Worker } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from './connection.ts'
import type { Context } from './context.ts'
import { QUEUE_NAME, UNLIMITED_STALLS } from './deliveries.ts'
import { reconcile } from './reconcile.ts'

export interface Watch {
  close(): Promise<void>
}

/**
 * Sees to the jobs of lost workers until it is closed: BullMQ's check for locks that have run out, which otherwise only
 * consumers make, and `reconcile`, which brings that into the records.
 */
export function watch(context: Context): Watch {
  const { url, keys, timing, onError } = context
  const stop = new AbortController()
  const connection = connect(url, 'consumer', onError)
  const checker = new Worker(QUEUE_NAME, null, {
    connection,
    prefix: keys.queue,
    autorun: false,
    lockDuration: timing.lockMs,
    stalledInterval: timing.stalledCheckMs,
    maxStalledCount: UNLIMITED_STALLS,
  })
  checker.on('error', onError)
  const checking = checker.startStalledCheckTimer()
  const reconciling = reconcileUntil(context, stop.signal)

  return {
    async close() {
      stop.abort()
      await Promise.all([checking, reconciling])
      await checker.close(true)
      connection.disconnect()
    },
  }
}

async function reconcileUntil(context: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await reconcile(context)
    } catch (error) {
      context.onError(error instanceof Error ? error : new Error(String(error))) // the server is away: the next round may see it
    }
    await sleep(context.timing.stalledCheckMs, undefined, { signal }).catch(() => {})
  }
}
