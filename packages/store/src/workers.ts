import type { Worker } from '@unroll/spec'
import type { Context } from './context.ts'
import { isoTime } from './records.ts'

const FORGET_MS = 60 * 60 * 1000

/** The fleet, as it says of itself. */
export interface Workers {
  /** Says that a worker is there. To be repeated several times within `Timing.workerLostMs`. `last_seen_at` is set here. */
  heartbeat(worker: Worker): Promise<void>
  /** Workers that were heard of within the hour, those silent for too long as `lost`. In order of their ids. */
  list(): Promise<Worker[]>
  /** Forgets a worker that has ended. */
  remove(id: string): Promise<void>
}

export function workers(context: Context): Workers {
  return {
    heartbeat: (worker) => heartbeat(context, worker),
    list: () => list(context),
    remove: (id) => remove(context, id),
  }
}

async function heartbeat({ db, keys, clock }: Context, worker: Worker): Promise<void> {
  const seen: Worker = { ...worker, last_seen_at: isoTime(clock()) }
  await db.command((redis) =>
    redis
      .multi()
      .set(keys.worker(worker.id), JSON.stringify(seen), 'PX', FORGET_MS)
      .sadd(keys.workers, worker.id)
      .exec(),
  )
}

async function list(context: Context): Promise<Worker[]> {
  const { db, keys, timing } = context
  const ids = await db.command((redis) => redis.smembers(keys.workers))
  const found = await Promise.all(
    ids.map(async (id) => {
      const key = keys.worker(id)
      // What the server has left to keep tells how long ago it heard of the worker, whatever the clocks of the nodes say.
      const [json, leftMs] = await db.command((redis) => Promise.all([redis.get(key), redis.pttl(key)]))
      if (json === null) return await remove(context, id).then(() => [])
      const worker = JSON.parse(json) as Worker
      const isLost = FORGET_MS - leftMs > timing.workerLostMs
      return [isLost ? { ...worker, status: 'lost' as const } : worker]
    }),
  )
  return found.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function remove({ db, keys }: Context, id: string): Promise<void> {
  await db.command((redis) => redis.multi().del(keys.worker(id)).srem(keys.workers, id).exec())
}

/** Whether a worker is there to take jobs. */
export async function anyOnline(context: Context): Promise<boolean> {
  return (await list(context)).some(({ status }) => status === 'online')
}
