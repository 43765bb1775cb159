import { randomBytes } from 'node:crypto'
import { UnrollError, newId, type Evaluation } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from '../jobs/idempotency.ts'
import { isoTime } from '../redis/iso_time.ts'
import { answerRequests, enqueueRequest, type Answering, type RequestHandler } from './requests.ts'

/** Evaluations that are kept of a job: a further one replaces the oldest. */
const MOST_KEPT = 100
const CHUNK = 100

/** What is evaluated on what. */
export type NewEvaluation = Pick<Evaluation, 'job' | 'dataset' | 'checkpoint' | 'step'>

/** Evaluations on request: their records, and the queue of those that are open. */
export interface Evaluations {
  /**
   * Records an evaluation and queues it.
   *
   * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT, JOB_NOT_FOUND, STORE_UNAVAILABLE
   */
  create(wanted: NewEvaluation, idempotency?: Idempotency): Promise<{ evaluation: Evaluation; replayed: boolean }>
  /** @throws {UnrollError} EVALUATION_NOT_FOUND, STORE_UNAVAILABLE */
  get(job: string, id: string): Promise<Evaluation>
  /** All of a job, newest first. */
  list(job: string): Promise<Evaluation[]>
  /**
   * Replaces the record of one that has not ended.
   *
   * @returns whether there was one
   */
  update(evaluation: Evaluation): Promise<boolean>
  /** For worker processes: takes evaluations one at a time. */
  answer(handler: RequestHandler): Answering
}

export function evaluations(context: Context): Evaluations {
  const { db, keys } = context
  return {
    async create(wanted, idempotency) {
      const now = await context.now()
      const id = newId('evaluation', now, randomBytes(16))
      const made: Evaluation = {
        id,
        object: 'evaluation',
        ...wanted,
        status: 'queued',
        created_at: isoTime(now),
        finished_at: null,
        report: null,
        error: null,
      }
      const { job } = wanted
      const known = await db.command((redis) => redis.hkeys(keys.evaluations(job)))
      const old = known.toSorted().slice(0, -MOST_KEPT + 1) // ids sort by creation
      const [outcome, before = id] = await db.script<['created' | 'replayed' | 'reused' | 'no_job', string?]>(
        'create_evaluation',
        [keys.record(job), keys.evaluations(job), keys.openEvaluations, idempotencyKey(keys, idempotency)],
        [id, JSON.stringify(made), namePlace(made), idempotency?.fingerprint ?? '', IDEMPOTENCY_MS, ...old],
      )
      if (outcome === 'no_job') throw noSuchJob(job)
      if (outcome === 'reused') throw reusedKey('evaluation', idempotency)
      const isReplayed = outcome === 'replayed'
      const evaluation = isReplayed ? await replayed('evaluation', idempotency, get(context, job, before)) : made
      if (evaluation.status === 'queued') await enqueueRequest(context, 'evaluations', { job, id: evaluation.id })
      return { evaluation, replayed: isReplayed }
    },
    get: (job, id) => get(context, job, id),
    async list(job) {
      const all = await db.command((redis) => redis.hvals(keys.evaluations(job)))
      return all.map((json) => JSON.parse(json) as Evaluation).toSorted((a, b) => (a.id < b.id ? 1 : -1))
    },
    async update(evaluation) {
      const { job, id, finished_at: end } = evaluation
      const outcome = await db.script<0 | 1>(
        'update_evaluation',
        [keys.evaluations(job), keys.openEvaluations],
        [id, JSON.stringify(evaluation), namePlace(evaluation), end === null ? '' : '1'],
      )
      return outcome === 1
    },
    answer: (handler) => answerRequests(context, 'evaluations', handler, { concurrency: 1 }),
  }
}

/**
 * Queues the oldest open evaluations, which a crash may have kept out of the queue. Several processes may run it at the
 * same time.
 */
export async function enqueueOpen(context: Context): Promise<void> {
  const { db, keys } = context
  const places = await db.command((redis) => redis.zrangebylex(keys.openEvaluations, '-', '+', 'LIMIT', 0, CHUNK))
  for (const place of places) {
    const [id = '', job = ''] = place.split(':')
    const isKnown = await db.command((redis) => redis.hexists(keys.evaluations(job), id))
    if (isKnown === 1) await enqueueRequest(context, 'evaluations', { job, id })
    else await db.command((redis) => redis.zrem(keys.openEvaluations, place)) // it went with its job
  }
}

/** Its place among the open evaluations, oldest first. */
function namePlace({ id, job }: Pick<Evaluation, 'id' | 'job'>): string {
  return `${id}:${job}`
}

async function get({ db, keys }: Context, job: string, id: string): Promise<Evaluation> {
  const json = await db.command((redis) => redis.hget(keys.evaluations(job), id))
  if (json === null) throw new UnrollError('EVALUATION_NOT_FOUND', `Cannot find evaluation "${id}" of job "${job}"`)
  return JSON.parse(json) as Evaluation
}
