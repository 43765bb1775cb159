import type { AcceleratorClass } from '@unroll/contract'
import { wake } from '../queue/deliveries.ts'
import type { Fetcher } from '../queue/locks.ts'
import type { Context } from '../redis/context.ts'
import { interruptLost } from './reconcile.ts'

/**
 * Returns jobs to the line whose locks have expired since the last check, unless the queues have not been watched
 * recently. If this process dies between queue and record, `reconcile` completes the work.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 */
export async function rescueStalled(context: Context, fetchers: ReadonlyMap<AcceleratorClass, Fetcher>): Promise<void> {
  const { db, keys, timing } = context
  for (const [wanted, fetcher] of fetchers) {
    const args = [timing.lockMs / 2, timing.lockMs]
    if ((await db.script<0 | 1>('watch_queue', [keys.watched(wanted)], args)) === 0) continue
    const ids = await fetcher.getBackend().moveStalledJobsToWait()
    await Promise.all(ids.map((id) => interruptLost(context, id)))
    if (ids.length > 0) wake(context)
  }
}
