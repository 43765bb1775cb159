import { EVENTS, type EventCode, type JobEvent, type Page } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { PAGE_LIMIT, makePage } from './paging.ts'
import { isoTime } from '../redis/iso_time.ts'

/** An event as its attempt tells of it. */
export interface AttemptEvent {
  /** Counts the events of the attempt, from 1: by it an event is known whose answer was lost. They are added in its order. */
  number: number
  code: EventCode
  /** @default {} */
  data?: Record<string, unknown>
}

/** An event as `lua/includes/job.lua` writes it. */
interface StoredEvent {
  seq: number
  at: number
  code: EventCode
  data: Record<string, unknown>
}

export type Events = ReturnType<typeof events>

/** The log of each job: its newest 1,000 events. */
export function events(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Adds an event of the attempt that holds the job. An event that is stored already is a 'duplicate', after which the
     * caller continues.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async append(
      id: string,
      epoch: number,
      { number, code, data = {} }: AttemptEvent,
    ): Promise<'added' | 'duplicate' | 'fenced'> {
      return await db.script('append_event', keys.job(id), [id, clock(), epoch, number, code, JSON.stringify(data)])
    },
    /** Oldest first, after the sequence number `after`. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async list(
      id: string,
      { after = 0, limit = PAGE_LIMIT }: { after?: number; limit?: number } = {},
    ): Promise<Page<JobEvent>> {
      const key = keys.events(id)
      const rows = await db.command((redis) => redis.zrangebyscore(key, `(${after}`, '+inf', 'LIMIT', 0, limit + 1))
      // Every job has events, so that only an empty reply can mean that there is no job.
      if (rows.length === 0 && (await db.command((redis) => redis.exists(key))) === 0) throw noSuchJob(id)
      const found = rows.map((json) => toEvent(id, JSON.parse(json) as StoredEvent))
      return makePage(found, limit, (event) => String(event.seq))
    },
  }
}

function toEvent(jobId: string, { seq, at, code, data }: StoredEvent): JobEvent {
  const { level, message } = EVENTS[code]
  const id = `evt_${jobId.slice(jobId.indexOf('_') + 1)}_${seq}`
  return { id, object: 'event', seq, created_at: isoTime(at), level, code, message, data }
}
