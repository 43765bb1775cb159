import { JOB_STATUSES, isFinal } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { aroundId } from '../queue/lines.ts'
import { listRange, timeText } from '../redis/ranges.ts'
import { idChunks } from './paging.ts'

const CHUNK = 100

/** `ended`: all ended jobs; `rows`: those with rows of metrics in Redis. */
export type EndedList = 'ended' | 'rows'

export interface EndedJob {
  id: string
  /** Milliseconds since 1970. */
  endedAt: number
}

export type Expiry = 'expired' | 'kept' | 'in_sweep' | 'too_young' | 'not_found'

export type Ended = ReturnType<typeof ended>

/** Jobs by the time of their end, for the work after it. */
export function ended(context: Context) {
  const { db, keys, clock, now } = context
  return {
    /** Jobs that ended at least `forMs` ago, in the order of their ends. */
    async *each(list: EndedList, forMs: number): AsyncGenerator<EndedJob> {
      const until = Math.max(0, Math.floor((await now()) - forMs))
      const to = `[${list}:${timeText(until)}:~`
      let from = `[${list}:`
      for (;;) {
        const places = await db.command((redis) => redis.zrangebylex(keys.index, from, to, 'LIMIT', 0, CHUNK))
        for (const place of places) {
          const [, endedAt, id = ''] = place.split(':')
          yield { id, endedAt: Number(endedAt) }
        }
        if (places.length < CHUNK) return
        from = `(${places.at(-1)}`
      }
    },
    /**
     * Begins the deletion of a job that ended at least `forMs` ago, unless it is kept or its sweep has not ended: delete
     * its artifacts and then its record. The result is also 'expired' for a deletion that began earlier.
     *
     * @param options.isTrial only reports what would happen.
     * @default false
     */
    async expire(id: string, forMs: number, { isTrial = false }: { isTrial?: boolean } = {}): Promise<Expiry> {
      const sweep = (await db.command((redis) => redis.hget(keys.record(id), 'sweep'))) ?? ''
      const args = [id, clock(), forMs, isTrial ? '1' : '']
      return await db.script('expire_job', [...keys.job(id), keys.sweepRecord(sweep)], args)
    },
    /** Sweeps that ended at least `forMs` ago and have no jobs left. */
    async emptySweeps(forMs: number): Promise<string[]> {
      const endedBefore = (await now()) - forMs
      const empty: string[] = []
      for await (const ids of idChunks(context, keys.sweeps, { prefix: 'all:', size: CHUNK })) {
        for (const id of ids) {
          const [finishedAt, jobs] = await db.command((redis) =>
            Promise.all([
              redis.hget(keys.sweepRecord(id), 'finished_at'),
              redis.zlexcount(keys.index, ...listRange(id)),
            ]),
          )
          if (finishedAt !== null && Number(finishedAt) <= endedBefore && jobs === 0) empty.push(id)
        }
      }
      return empty
    },
    /**
     * Lists jobs that an older release ended, and drops those that it deleted.
     *
     * @returns the number of the latter
     */
    async relist(): Promise<number> {
      const final = JOB_STATUSES.filter(isFinal)
      const [listed = 0, ...byStatus] = await db.command((redis) =>
        Promise.all(['ended', ...final].map((list) => redis.zlexcount(keys.index, ...listRange(list)))),
      )
      // If a job ends or is deleted between these counts, the lists are read in vain.
      if (listed === byStatus.reduce((sum, count) => sum + count, 0)) return 0
      let changed = 0
      for (const status of final) changed += await relistFrom(context, status, '')
      for (const list of ['ended', 'rows'] as const) changed += await relistFrom(context, list, '1')
      return changed
    },
  }
}

/** @param arePlaces '1' if the members of the list are positions by time, whose jobs may be deleted */
async function relistFrom(context: Context, list: string, arePlaces: '' | '1'): Promise<number> {
  const { db, keys } = context
  let changed = 0
  for await (const names of idChunks(context, keys.index, { prefix: `${list}:`, size: CHUNK })) {
    const members = arePlaces === '1' ? names.map((name) => `${list}:${name}`) : names
    const args = [...aroundId(keys.record), arePlaces, ...members]
    changed += await db.script<number>('list_ended', [keys.index], args)
  }
  return changed
}
