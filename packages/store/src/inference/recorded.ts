// Requests that have a record: what was asked of a job, and what came of it. Workers answer them one at a time.

import { randomBytes } from 'node:crypto'
import { UnrollError, newId, type ErrorCode } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from '../jobs/idempotency.ts'
import { isoTime } from '../redis/iso_time.ts'
import { answerRequests, enqueueRequest, type Answering, type RequestHandler } from './requests.ts'

const CHUNK = 100

/** What the records of all kinds have. */
export interface RequestRecord {
  id: string
  object: 'evaluation' | 'replay'
  job: string
  status: 'queued' | 'running' | 'succeeded' | 'failed'
  created_at: string
  finished_at: string | null
  error: { code: string; message: string } | null
}

/** A kind of recorded requests. */
export interface RecordedKind {
  queue: 'evaluations' | 'replays'
  object: RequestRecord['object']
  notFound: ErrorCode
  /** Requests that are kept of a job: a further one replaces the oldest. */
  mostKept: number
  /** The field of a record that its answer fills. */
  answer: 'report' | 'result'
}

/** Requests on jobs: their records, and the queue of those that are open. */
export interface Recorded<Request extends RequestRecord, Wanted> {
  /**
   * Records a request and queues it.
   *
   * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT, JOB_NOT_FOUND, STORE_UNAVAILABLE
   */
  create(wanted: Wanted, idempotency?: Idempotency): Promise<{ request: Request; replayed: boolean }>
  /** @throws {UnrollError} as `notFound` says, STORE_UNAVAILABLE */
  get(job: string, id: string): Promise<Request>
  /** All of a job, newest first. */
  list(job: string): Promise<Request[]>
  /**
   * Replaces the record of one that has not ended.
   *
   * @returns whether there was one
   */
  update(request: Request): Promise<boolean>
  /** For worker processes: takes requests one at a time. */
  answer(handler: RequestHandler): Answering
}

export function recorded<Request extends RequestRecord, Wanted extends { job: string }>(
  context: Context,
  kind: RecordedKind,
): Recorded<Request, Wanted> {
  const { db, keys } = context
  const { queue, object, mostKept, answer } = kind
  const get = (job: string, id: string) => find<Request>(context, kind, { job, id })
  return {
    get,
    async create(wanted, idempotency) {
      const now = await context.now()
      const id = newId(object, now, randomBytes(16))
      const fresh = { status: 'queued', created_at: isoTime(now), finished_at: null, error: null, [answer]: null }
      const made = { id, object, ...wanted, ...fresh } as unknown as Request
      const { job } = wanted
      const known = await db.command((redis) => redis.hkeys(keys[queue](job)))
      const old = known.toSorted().slice(0, -mostKept + 1) // ids sort by creation
      const [outcome, before = id] = await db.script<['created' | 'replayed' | 'reused' | 'no_job', string?]>(
        'create_request',
        [keys.record(job), keys[queue](job), keys.openRequests(queue), idempotencyKey(keys, idempotency)],
        [id, JSON.stringify(made), namePlace(made), idempotency?.fingerprint ?? '', IDEMPOTENCY_MS, ...old],
      )
      if (outcome === 'no_job') throw noSuchJob(job)
      if (outcome === 'reused') throw reusedKey(object, idempotency)
      const isReplayed = outcome === 'replayed'
      const request = isReplayed ? await replayed(object, idempotency, get(job, before)) : made
      if (request.status === 'queued') await enqueueRequest(context, queue, { job, id: request.id })
      return { request, replayed: isReplayed }
    },
    async list(job) {
      const all = await db.command((redis) => redis.hvals(keys[queue](job)))
      return all.map((json) => JSON.parse(json) as Request).toSorted((a, b) => (a.id < b.id ? 1 : -1))
    },
    async update(request) {
      const { job, id, finished_at: end } = request
      const outcome = await db.script<0 | 1>(
        'update_request',
        [keys[queue](job), keys.openRequests(queue)],
        [id, JSON.stringify(request), namePlace(request), end === null ? '' : '1'],
      )
      return outcome === 1
    },
    answer: (handler) => answerRequests(context, queue, handler, { concurrency: 1 }),
  }
}

/**
 * Queues the oldest open requests of a kind, which a crash may have kept out of the queue. Several processes may run it at
 * the same time.
 */
export async function enqueueOpen(context: Context, queue: RecordedKind['queue']): Promise<void> {
  const { db, keys } = context
  const open = keys.openRequests(queue)
  const places = await db.command((redis) => redis.zrangebylex(open, '-', '+', 'LIMIT', 0, CHUNK))
  for (const place of places) {
    const [id = '', job = ''] = place.split(':')
    const isKnown = await db.command((redis) => redis.hexists(keys[queue](job), id))
    if (isKnown === 1) await enqueueRequest(context, queue, { job, id })
    else await db.command((redis) => redis.zrem(open, place)) // it went with its job
  }
}

/** Its place among the open requests, oldest first. */
function namePlace({ id, job }: Pick<RequestRecord, 'id' | 'job'>): string {
  return `${id}:${job}`
}

async function find<Request>(
  { db, keys }: Context,
  { queue, object, notFound }: RecordedKind,
  { job, id }: Pick<RequestRecord, 'job' | 'id'>,
): Promise<Request> {
  const json = await db.command((redis) => redis.hget(keys[queue](job), id))
  if (json === null) throw new UnrollError(notFound, `Cannot find ${object} "${id}" of job "${job}"`)
  return JSON.parse(json) as Request
}
