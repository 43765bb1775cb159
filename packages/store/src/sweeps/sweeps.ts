import { randomBytes } from 'node:crypto'
import { failpoint } from '@unroll/failpoints'
import {
  DEFAULT_OWNER,
  UnrollError,
  newId,
  type FindingCode,
  type JobError,
  type JobStatus,
  type JsonNumber,
  type Page,
  type SweepSpec,
  type SweepStatus,
} from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchDataset, noSuchSweep } from '../redis/errors.ts'
import { encodeLimits, isFull, type Full, type OwnerLimits } from '../access/owner_limits.ts'
import { tooManyJobs } from '../jobs/unended.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from '../jobs/idempotency.ts'
import { arrival } from '../queue/lines.ts'
import { PAGE_LIMIT, findItems, newestIds, makePage, type ListOptions } from '../jobs/paging.ts'
import { isoTime } from '../redis/iso_time.ts'
import { listRange } from '../redis/ranges.ts'

/** The values that a trial sets in the template, by JSON pointer. */
export type Trial = Record<string, unknown>

/** The trial and the rung of a job, from 0. */
export interface SweepPlace {
  rung: number
  trial: number
}

export interface NewSweep {
  spec: SweepSpec
  trials: readonly Trial[]
  /** Data sets that its jobs need; they are in use until the sweep ends. */
  datasets: readonly string[]
  /** The trace of its jobs (W3C Trace Context). @default none */
  traceparent?: string | undefined
  /** Whom it and its jobs belong to. @default DEFAULT_OWNER */
  owner?: string
  /** Most jobs that have not ended. @default no limit */
  limits?: OwnerLimits
}

export interface StoredRun extends SweepPlace {
  job: string
  /** Null before the job is created and after it is deleted. */
  status: JobStatus | null
  step: number
  /** The finding at which the job ended; null for any other job. */
  stoppedBy: FindingCode | null
  /** Last value of the objective; null without a result. */
  value: JsonNumber | null
}

export interface StoredSweep {
  id: string
  status: SweepStatus
  created_at: string
  finished_at: string | null
  spec: SweepSpec
  trials: Trial[]
  traceparent: string | undefined
  owner: string
  /** Whether no run is planned and every job has ended, so that values and states of the runs no longer change. */
  isSettled: boolean
  /** By rung, then by trial. */
  runs: StoredRun[]
}

export type Sweeps = ReturnType<typeof sweeps>

/**
 * Sweeps: the planned jobs are recorded before any is created. Any process may create a planned job with `jobs.create`
 * under its id; it is created once.
 */
export function sweeps(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Creates a sweep whose first rung has every trial. The sweep is on the server's disk, if that has an append-only
     * file, before this resolves.
     *
     * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, DATASET_NOT_FOUND, QUOTA_EXCEEDED, STORE_UNAVAILABLE
     */
    create: (sweep: NewSweep, idempotency?: Idempotency) => create(context, sweep, idempotency),
    /** @throws {UnrollError} SWEEP_NOT_FOUND, STORE_UNAVAILABLE */
    get: (id: string) => get(context, id),
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<StoredSweep>> {
      const ids = await findItems(context, keys.sweeps, { prefix: 'all:', after, limit: limit + 1 }, async (all) => {
        if (owner === undefined) return all
        const found = await Promise.all(
          all.map((id) => db.command((redis) => redis.hget(keys.sweepRecord(id), 'owner'))),
        )
        return all.filter((_, at) => (found[at] ?? DEFAULT_OWNER) === owner)
      })
      const found = await Promise.all(ids.map((id) => read(context, id)))
      return makePage(
        found.flatMap((sweep) => sweep ?? []),
        limit,
        ({ id }) => id,
      )
    },
    /** Sweeps with pending work: jobs to create or cancel, a rung or the sweep to end. */
    due: () => db.script<string[]>('due_sweeps', keys.sweep(''), ['', clock()]),
    /** Planned jobs of a sweep that are not created yet. */
    toMake: (id: string) =>
      newestIds(context, keys.index, { prefix: `to_make:${id}:`, limit: Number.MAX_SAFE_INTEGER }),
    /** Begins another rung of a settled sweep, unless it has other runs than `known` by now or is being cancelled. */
    async plan({ id, runs }: StoredSweep, places: readonly SweepPlace[]): Promise<void> {
      await db.script('plan_rung', keys.sweep(id), [id, clock(), runs.length, ...(await planned(context, places))])
      failpoint('sweep.planned')
    },
    /**
     * Ends a settled sweep, unless it has other runs than `known` by now. A sweep that is being cancelled becomes
     * `cancelled`.
     */
    async end({ id, runs }: StoredSweep, status: 'succeeded' | 'failed'): Promise<void> {
      await db.script('end_sweep', keys.sweep(id), [id, clock(), runs.length, status])
    },
    /**
     * Cancels the creation of jobs.
     *
     * @returns the new state
     * @throws {UnrollError} SWEEP_NOT_FOUND, STORE_UNAVAILABLE
     */
    async cancel(id: string): Promise<SweepStatus> {
      const status = await db.script<SweepStatus | 'not_found'>('cancel_sweep', keys.sweep(id), [id, clock()])
      if (status === 'not_found') throw noSuchSweep(id)
      return status
    },
    /**
     * Deletes an ended sweep, but not its jobs.
     *
     * @throws {UnrollError} SWEEP_NOT_ENDED, SWEEP_NOT_FOUND, STORE_UNAVAILABLE
     */
    async delete(id: string): Promise<void> {
      const outcome = await db.script<'deleted' | 'not_ended' | 'not_found'>('delete_sweep', keys.sweep(id), [
        id,
        clock(),
      ])
      if (outcome === 'not_found') throw noSuchSweep(id)
      if (outcome === 'not_ended')
        throw new UnrollError('SWEEP_NOT_ENDED', `Cannot delete sweep "${id}": it must be cancelled first`)
    },
  }
}

async function create(
  context: Context,
  { spec, trials, datasets, traceparent = '', owner = DEFAULT_OWNER, limits }: NewSweep,
  idempotency: Idempotency | undefined,
): Promise<{ id: string; replayed: boolean }> {
  const { db, keys, clock, now, disk } = context
  const newSweep = newId('sweep', await now(), randomBytes(16))
  const [outcome, id = newSweep] = await db.script<['created' | 'replayed' | 'reused' | 'no_dataset' | Full, string?]>(
    'create_sweep',
    [...keys.sweep(newSweep), idempotencyKey(keys, idempotency), ...datasets.map((dataset) => keys.dataset(dataset))],
    [
      newSweep,
      clock(),
      idempotency?.fingerprint ?? '',
      IDEMPOTENCY_MS,
      JSON.stringify(spec),
      JSON.stringify(trials),
      JSON.stringify(datasets),
      traceparent,
      owner,
      ...encodeLimits(limits),
      ...(await planned(
        context,
        trials.map((_, trial) => ({ rung: 0, trial })),
      )),
    ],
  )
  if (outcome === 'reused') throw reusedKey('sweep', idempotency)
  if (outcome === 'no_dataset') throw noSuchDataset(id)
  if (isFull(outcome)) throw tooManyJobs(outcome, { owner, count: Number(id), limits })
  if (outcome === 'created') failpoint('sweep.planned')
  await disk?.settle()
  if (outcome === 'replayed') await replayed('sweep', idempotency, get(context, id))
  return { id, replayed: outcome === 'replayed' }
}

/** New jobs and their positions, alternating. They enter the line in this order: by id. */
async function planned(context: Context, places: readonly SweepPlace[]): Promise<string[]> {
  const at = await arrival(context)
  const ids = places.map(() => newId('job', at, randomBytes(16))).toSorted()
  return places.flatMap(({ rung, trial }, place) => [ids[place] ?? '', `${rung}:${trial}`])
}

async function get(context: Context, id: string): Promise<StoredSweep> {
  const sweep = await read(context, id)
  if (sweep === undefined) throw noSuchSweep(id)
  return sweep
}

async function read(context: Context, id: string): Promise<StoredSweep | undefined> {
  const { db, keys } = context
  // Read in this order: the runs, whether they have ended, and how. A run moves from one list to the next.
  const [stored, places, toMake, open] = await db.command((redis) =>
    Promise.all([
      redis.hgetall(keys.sweepRecord(id)),
      redis.hgetall(keys.sweepRuns(id)),
      redis.zlexcount(keys.index, ...listRange(`to_make:${id}`)),
      redis.zlexcount(keys.index, ...listRange(`open:${id}`)),
    ]),
  )
  if (stored['status'] === undefined) return undefined
  const spec = JSON.parse(stored['spec'] ?? '') as SweepSpec
  const runs = Object.entries(places).map(async ([job, place]): Promise<StoredRun> => {
    const [rung = 0, trial = 0] = place.split(':').map(Number)
    const fields = await db.command((redis) =>
      redis.hmget(keys.record(job), 'status', 'step', 'result', 'reason', 'error'),
    )
    const [status = null, step, result, reason, error] = fields
    const values = JSON.parse(result ?? '{}') as Record<string, JsonNumber>
    const value = values[spec.objective.metric] ?? null
    const stoppedBy =
      reason === 'stopped_by_finding' ? ((JSON.parse(error ?? '{}') as JobError).code as FindingCode) : null
    return { job, rung, trial, status: status as JobStatus | null, step: Number(step ?? 0), stoppedBy, value }
  })
  return {
    id,
    status: stored['status'] as SweepStatus,
    created_at: isoTime(Number(stored['created_at'])),
    finished_at: stored['finished_at'] === undefined ? null : isoTime(Number(stored['finished_at'])),
    spec,
    trials: JSON.parse(stored['trials'] ?? '[]') as Trial[],
    traceparent: stored['traceparent'] || undefined,
    owner: stored['owner'] ?? DEFAULT_OWNER,
    isSettled: toMake + open === 0,
    runs: (await Promise.all(runs)).toSorted((a, b) => a.rung - b.rung || a.trial - b.trial),
  }
}
