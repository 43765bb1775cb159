import { JOB_STATUSES, type JobStatus } from '@unroll/spec'
import { consume, type Consumer, type Handler } from './consumer.ts'
import type { Context } from './context.ts'
import { expireDue } from './deadlines.ts'
import { reconcile, type Reconciled } from './reconcile.ts'
import { watch, type Watch } from './watch.ts'

/** The queue of jobs. */
export interface Queue {
  /** For worker processes: takes jobs, `slots` at a time. */
  consume(handler: Handler, options: { slots: number }): Consumer
  /** For the API process: sees that the jobs of lost workers go on, also when no worker is left to see it. */
  watch(): Watch
  /** Makes records and queue agree after a crash between the two. `watch` does it again and again. */
  reconcile(): Promise<Reconciled>
  /** Ends the jobs whose deadline has passed; answers how many have failed. `watch` does it again and again. */
  expire(): Promise<number>
  /** Jobs in each state. */
  counts(): Promise<Record<JobStatus, number>>
}

export function queue(context: Context): Queue {
  return {
    consume: (handler, options) => consume(context, handler, options),
    watch: () => watch(context),
    reconcile: () => reconcile(context),
    expire: () => expireDue(context),
    counts: () => counts(context),
  }
}

async function counts({ db, keys }: Context): Promise<Record<JobStatus, number>> {
  const entries = await Promise.all(
    JOB_STATUSES.map(async (status) => {
      const count = await db.command((redis) => redis.zlexcount(keys.index, `[${status}:`, `(${status};`))
      return [status, count] as const
    }),
  )
  return Object.fromEntries(entries) as Record<JobStatus, number>
}
