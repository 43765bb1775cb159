import { ACCELERATOR_CLASSES } from '@unroll/contract'
import { connect } from '../redis/connection.ts'
import type { Context } from '../redis/context.ts'
import { enqueueOpen } from '../inference/recorded.ts'
import { expireDue } from './deadlines.ts'
import { createFetcher } from '../queue/locks.ts'
import { rescueStalled } from './rescue.ts'
import { preemptDue } from '../queue/preemption.ts'
import { reconcile } from './reconcile.ts'
import { repeat } from './repeat.ts'

export interface Watch {
  close(): Promise<void>
}

/**
 * Rescues the jobs of lost workers until it is closed: checks for expired locks, which otherwise only consumers do, and
 * runs `reconcile`, which updates the records. Also handles deadlines and preemption.
 */
export function watch(context: Context): Watch {
  const { url, timing, onError } = context
  const stop = new AbortController()
  const connection = connect(url, 'consumer', onError)
  const fetchers = new Map(
    ACCELERATOR_CLASSES.map((wanted) => [wanted, createFetcher(context, wanted, connection)] as const),
  )
  const rounds = [
    repeat(context, timing.stalledCheckMs, () => rescueStalled(context, fetchers), stop.signal),
    repeat(context, timing.stalledCheckMs, reconcile, stop.signal),
    repeat(context, timing.stalledCheckMs, (each) => enqueueOpen(each, 'evaluations'), stop.signal),
    repeat(context, timing.stalledCheckMs, (each) => enqueueOpen(each, 'replays'), stop.signal),
    repeat(context, timing.deadlineCheckMs, expireDue, stop.signal),
    repeat(context, timing.preemptionCheckMs, preemptDue, stop.signal),
  ]

  return {
    async close() {
      stop.abort()
      await Promise.all([...fetchers.values()].map((fetcher) => fetcher.close(true)))
      connection.disconnect() // ends a check that waits for the server
      await Promise.all(rounds)
    },
  }
}
