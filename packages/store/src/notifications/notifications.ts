import {
  DEFAULT_OWNER,
  type Delivery,
  type DeliveryAttempt,
  type JobSpec,
  type JobStatus,
  type Notification,
  type NotifiedEvent,
  type Page,
} from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from '../jobs/paging.ts'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { isoTime } from '../redis/iso_time.ts'
import { timeText } from '../redis/ranges.ts'
import { signingSecrets } from './signing_secrets.ts'

/** A process that has taken a notification sends and settles it within this time; another one takes it afterwards. */
const TAKEN_MS = 60_000

/** A delivery as `lua/includes/job.lua` begins it. */
interface StoredDelivery {
  event: NotifiedEvent
  at: number
  status: JobStatus
  reason?: NonNullable<Notification['status_reason']>
  finding?: NonNullable<Notification['finding']>
  attempts?: DeliveryAttempt[]
  /** Milliseconds since 1970; null once it is over. */
  due: number | null
}

/** A notification that is to be sent, once it is taken. */
export interface TakenNotification {
  notification: Notification
  /** The number of attempts so far. */
  attempts: number
  url: string
  /** Null where it is forgotten. */
  secret: string | null
  /**
   * Writes down how it went.
   *
   * @param attempt undefined where none was made
   * @param retryInMs null where it is not tried again
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  settle: (attempt: DeliveryAttempt | undefined, retryInMs: number | null) => Promise<void>
}

export type Notifications = ReturnType<typeof notifications>

/** Events on their way to the receivers of their jobs: queued with the event itself, and kept until they have arrived. */
export function notifications(context: Context) {
  const { db, keys, clock } = context
  return {
    secrets: signingSecrets(context),
    /** Takes at most `most` that are due. Each that is not settled within a minute is taken again. */
    async take(most: number): Promise<TakenNotification[]> {
      const places = await db.script<string[]>('take_notifications', [keys.index], [clock(), TAKEN_MS, most])
      const taken = await Promise.all(places.map((place) => readTaken(context, place)))
      return taken.filter((each) => each !== undefined)
    },
    /** Deliveries of a job, newest first. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async list(job: string, { after, limit = PAGE_LIMIT }: Omit<ListOptions, 'owner'> = {}): Promise<Page<Delivery>> {
      const [exists, stored] = await db.command((redis) =>
        Promise.all([redis.exists(keys.record(job)), redis.hgetall(keys.deliveries(job))]),
      )
      if (exists === 0) throw noSuchJob(job)
      const all = Object.entries(stored)
        .map(([name, json]) => toDelivery(job, name, JSON.parse(json) as StoredDelivery))
        .toSorted((a, b) => compareNames(b.id, a.id))
      const rest = after === undefined ? all : all.filter(({ id }) => compareNames(id, after) < 0)
      return makePage(rest.slice(0, limit + 1), limit, ({ id }) => id)
    },
  }
}

async function readTaken(context: Context, place: string): Promise<TakenNotification | undefined> {
  const { db, keys } = context
  const [, , job = '', seq = '', receiver = ''] = place.split(':')
  const name = `${seq}:${receiver}`
  const [json, [spec, owner]] = await db.command((redis) =>
    Promise.all([redis.hget(keys.deliveries(job), name), redis.hmget(keys.record(job), 'spec', 'owner')]),
  )
  const { url, secret: reference } = (JSON.parse(spec ?? '{}') as Partial<JobSpec>).notify?.[Number(receiver)] ?? {}
  if (json === null || url === undefined || reference === undefined) {
    await db.command((redis) => redis.zrem(keys.index, place)) // deleted with its job, or no longer kept
    return undefined
  }
  const stored = JSON.parse(json) as StoredDelivery
  const { attempts = [] } = stored
  return {
    notification: { object: 'notification', ...describe(job, name, stored) },
    attempts: attempts.length,
    url,
    secret: await signingSecrets(context).find(owner ?? DEFAULT_OWNER, reference),
    async settle(attempt, retryInMs) {
      const due = retryInMs === null ? null : Math.round((await context.now()) + retryInMs)
      const settled: StoredDelivery = { ...stored, attempts: attempt ? [...attempts, attempt] : attempts, due }
      const next = due === null ? '' : `notify:${timeText(due)}:${job}:${name}`
      const args = [place, name, JSON.stringify(settled), next]
      await db.script('settle_notification', [keys.index, keys.deliveries(job)], args)
    },
  }
}

function toDelivery(job: string, name: string, stored: StoredDelivery): Delivery {
  const { attempts = [], due } = stored
  const last = attempts.at(-1)
  return {
    object: 'delivery',
    ...describe(job, name, stored),
    receiver: Number(name.split(':')[1]),
    delivery_status: due !== null ? 'waiting' : last?.error === null ? 'delivered' : 'failed',
    attempts,
    next_attempt_at: due === null ? null : isoTime(due),
  }
}

function describe(job: string, name: string, stored: StoredDelivery): Omit<Notification, 'object'> {
  const { event, at, status, reason = null, finding = null } = stored
  const id = `dlv_${job.slice(job.indexOf('_') + 1)}_${name.replace(':', '_')}`
  return { id, event, job, status, status_reason: reason, finding, created_at: isoTime(at) }
}

/** Orders ids of deliveries of one job by event, then by receiver. */
function compareNames(one: string, other: string): number {
  const [[seq = 0, receiver = 0], [otherSeq = 0, otherReceiver = 0]] = [one, other].map((id) =>
    id.split('_').slice(-2).map(Number),
  ) as [number[], number[]]
  return seq - otherSeq || receiver - otherReceiver
}
