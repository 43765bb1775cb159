import { UnrollError, type Worker } from '@unroll/contract'
import type { Draining } from '../queue/consumer.ts'
import type { Context } from '../redis/context.ts'
import { isoTime } from '../redis/iso_time.ts'

const FORGET_MS = 60 * 60 * 1000

/** Defaults of the fields that workers of an older version do not report. */
const UNSAID = {
  engine_reason: 'An older version of the worker does not say why',
  engine_fallback: false,
  vector_lanes: null,
  labels: {},
  gpus: [],
} satisfies Partial<Worker>

export type Workers = ReturnType<typeof workers>

/** The workers of the fleet, as they report themselves. */
export function workers(context: Context) {
  const { db, keys, now } = context
  return {
    /**
     * Records a sign of life of a worker. To be repeated several times within `Timing.workerLostMs`. The server sets
     * `last_seen_at`.
     *
     * @returns the drain request; null if the worker takes jobs
     */
    async heartbeat(worker: Worker): Promise<Draining | null> {
      const seen: Worker = { ...worker, last_seen_at: isoTime(await now()) }
      const { id } = worker
      const args = [id, JSON.stringify(seen), FORGET_MS]
      const wanted = await db.script<Draining | ''>(
        'worker_heartbeat',
        [keys.worker(id), keys.workers, keys.drain(id)],
        args,
      )
      return wanted === '' ? null : wanted
    },
    /**
     * Workers with a sign of life within the last hour, in the order of their ids; those silent for too long are `lost`.
     */
    list: () => list(context),
    /**
     * Requests a worker to take no more jobs, and to return its jobs or to finish them. It receives a message: subscribe
     * to its id. The request lasts until the worker is undrained or ends.
     *
     * @throws {UnrollError} WORKER_NOT_FOUND, STORE_UNAVAILABLE
     */
    drain: (id: string, running: Draining) => ask(context, id, running),
    /** Requests a worker to take jobs again. @throws {UnrollError} WORKER_NOT_FOUND, STORE_UNAVAILABLE */
    undrain: (id: string) => ask(context, id, ''),
    /** Removes a worker that has ended. */
    remove: (id: string) => remove(context, id),
  }
}

/** Workers with a sign of life within the last hour. */
export async function list(context: Context): Promise<Worker[]> {
  const { db, keys } = context
  const ids = await db.command((redis) => redis.smembers(keys.workers))
  const found = await Promise.all(ids.map((id) => find(context, id)))
  return found.flatMap((worker) => worker ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function find(context: Context, id: string): Promise<Worker | undefined> {
  const { db, keys, timing } = context
  const key = keys.worker(id)
  // The remaining lifetime in the server tells the time since the last sign of life, independent of the clocks of the
  // nodes.
  const [json, leftMs, drain] = await db.command((redis) =>
    Promise.all([redis.get(key), redis.pttl(key), redis.get(keys.drain(id))]),
  )
  if (json === null) {
    await remove(context, id)
    return undefined
  }
  const worker = { ...UNSAID, ...(JSON.parse(json) as Worker) }
  if (FORGET_MS - leftMs > timing.workerLostMs) return { ...worker, status: 'lost' }
  return drain === null ? worker : { ...worker, status: 'draining' }
}

async function ask(context: Context, id: string, running: Draining | ''): Promise<Worker> {
  const { db, keys } = context
  const args = [id, running, FORGET_MS, keys.control]
  const outcome = await db.script<'asked' | 'not_found'>('drain', [keys.worker(id), keys.drain(id)], args)
  const worker = outcome === 'asked' ? await find(context, id) : undefined
  if (worker === undefined) throw new UnrollError('WORKER_NOT_FOUND', `Cannot find worker "${id}"`)
  return worker
}

async function remove({ db, keys }: Context, id: string): Promise<void> {
  await db.command((redis) => redis.multi().del(keys.worker(id), keys.drain(id)).srem(keys.workers, id).exec())
}

/** Workers that take jobs. */
export async function takers(context: Context): Promise<Worker[]> {
  return (await list(context)).filter(({ status }) => status === 'online')
}
