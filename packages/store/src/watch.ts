import { ACCELERATOR_CLASSES } from '@unroll/spec'
import { Worker } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from './connection.ts'
import type { Context } from './context.ts'
import { expireDue } from './deadlines.ts'
import { UNLIMITED_STALLS, queueName } from './deliveries.ts'
import { reconcile } from './reconcile.ts'

export interface Watch {
  close(): Promise<void>
}

/**
 * Sees to the jobs of lost workers until it is closed: BullMQ's check for locks that have run out, which otherwise only
 * consumers make, and `reconcile`, which brings that into the records. Sees to deadlines besides.
 */
export function watch(context: Context): Watch {
  const { url, keys, timing, onError } = context
  const stop = new AbortController()
  const connection = connect(url, 'consumer', onError)
  const checkers = ACCELERATOR_CLASSES.map((wanted) => {
    const checker = new Worker(queueName(wanted), null, {
      connection,
      prefix: keys.queue,
      autorun: false,
      lockDuration: timing.lockMs,
      stalledInterval: timing.stalledCheckMs,
      maxStalledCount: UNLIMITED_STALLS,
    })
    checker.on('error', onError)
    return checker
  })
  const rounds = [
    ...checkers.map((checker) => checker.startStalledCheckTimer()),
    repeat(context, timing.stalledCheckMs, reconcile, stop.signal),
    repeat(context, timing.deadlineCheckMs, expireDue, stop.signal),
  ]

  return {
    async close() {
      stop.abort()
      await Promise.all(rounds)
      await Promise.all(checkers.map((checker) => checker.close(true)))
      connection.disconnect()
    },
  }
}

/** Does `work` every `ms` until the signal aborts, also after it has failed. */
async function repeat(context: Context, ms: number, work: (context: Context) => Promise<unknown>, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      await work(context)
    } catch (error) {
      context.onError(error instanceof Error ? error : new Error(String(error))) // the server is away: the next round may see it
    }
    await sleep(ms, undefined, { signal }).catch(() => {})
  }
}
