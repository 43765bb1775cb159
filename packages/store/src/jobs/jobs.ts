import { randomBytes } from 'node:crypto'
import {
  DEFAULT_OWNER,
  LINES_TOLD,
  SECRET_REFERENCE,
  countGpus,
  newId,
  usesDataset,
  type Checkpoint,
  type Estimate,
  type Initialisation,
  type Job,
  type JobSpec,
  type JobStatus,
  type Page,
} from '@unroll/contract'
import { failpoint } from '@unroll/failpoints'
import type { Context } from '../redis/context.ts'
import { noSuchDataset, noSuchJob } from '../redis/errors.ts'
import { encodeLimits, isFull, type Full, type OwnerLimits } from '../access/owner_limits.ts'
import { tooManyJobs } from './unended.ts'
import { findFork, type ForkedRun } from './forks.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from './idempotency.ts'
import { PAGE_LIMIT, newestIds, makePage, type ListOptions } from './paging.ts'
import { enqueue } from '../queue/deliveries.ts'
import { readFleet, type Fleet } from '../queue/fleet_view.ts'
import { forecastNew, forecasts } from '../queue/forecast.ts'
import { arrival, nameLine } from '../queue/lines.ts'
import { computeNeeds } from '../queue/needs.ts'
import { describeForecast, describePlace, toJob, type Ahead, type JobReply, type Origin } from './records.ts'
import { computeShape } from '../queue/shape.ts'

const REFERENCE = new RegExp(SECRET_REFERENCE)
/** After the ids of all jobs. */
const LAST_ID = '~'
const SCAN_CHUNK = 100
const SCAN_LIMIT = 1_000 // jobs read for one page of a filtered list

export interface JobListOptions extends ListOptions {
  status?: JobStatus
  cell?: JobSpec['model']['cell']
  /** Pairs that the job's metadata must contain. */
  metadata?: Record<string, string>
  /** Only jobs of this sweep. */
  sweep?: string
  /** Only jobs on this data set. */
  dataset?: string
}

export interface CreateOptions {
  /** The same key and fingerprint within 24 h return the first job, `replayed`. */
  idempotency?: Idempotency | undefined
  /** The trace of the job's attempts (W3C Trace Context). @default none */
  traceparent?: string | undefined
  /** Its id. @default a new one */
  id?: string
  /** The job of which it is a retry. @default none */
  retryOf?: string
  /** The checkpoint from which it starts, its own copy. @default the start */
  checkpoint?: { from: string; copy: Checkpoint }
  /** The run that it goes on from where it is a fork. @default none */
  fork?: ForkedRun | undefined
  /** Whom it belongs to. @default DEFAULT_OWNER */
  owner?: string
  /** What it takes from the weights that it starts from. @default none */
  initialisation?: Initialisation
  /** Most jobs that have not ended. @default no limit */
  limits?: OwnerLimits
  /** Its sweep: the job is created once, and only if the sweep has planned it. @default none */
  sweep?: string
}

/** Jobs from the view of clients. */
export function jobRecords(context: Context) {
  const { db, keys, clock, disk } = context
  return {
    /**
     * Creates a job. The job is on the server's disk, if that has an append-only file, before this resolves; for a run of
     * a sweep the sweep itself is.
     *
     * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, DATASET_NOT_FOUND, QUOTA_EXCEEDED, STORE_UNAVAILABLE
     */
    async create(
      spec: JobSpec,
      estimate: Estimate,
      options: CreateOptions = {},
    ): Promise<{ job: Job; replayed: boolean }> {
      const { idempotency, id: given, checkpoint, owner = DEFAULT_OWNER, limits, sweep = '' } = options
      const newJob = given ?? newId('job', await arrival(context), randomBytes(16))
      const dataset = usesDataset(spec.data) ? spec.data.dataset : ''
      const [outcome, id = newJob] = await db.script<
        ['created' | 'replayed' | 'reused' | 'no_dataset' | Full, string?]
      >(
        'create',
        [...keys.job(newJob), keys.checkpoints(newJob), idempotencyKey(keys, idempotency), keys.dataset(dataset)],
        [
          newJob,
          clock(),
          idempotency?.fingerprint ?? '',
          IDEMPOTENCY_MS,
          dataset,
          spec.priority,
          checkpoint?.copy.id ?? '',
          JSON.stringify(checkpoint?.copy ?? null),
          sweep,
          spec.deadline_seconds ?? '',
          owner,
          ...encodeLimits(limits),
          ...encodeFields(spec, estimate),
          ...encodeStart(options),
        ],
      )
      if (outcome === 'reused') throw reusedKey('job', idempotency)
      if (outcome === 'no_dataset') throw noSuchDataset(dataset)
      if (isFull(outcome)) throw tooManyJobs(outcome, { owner, count: Number(id), limits })

      failpoint('job.recorded')
      const isReplayed = outcome === 'replayed'
      const job = isReplayed ? await replayed('job', idempotency, getJob(context, id)) : undefined
      // A replay may follow a crash before the job reached the queue.
      if (job === undefined || job.status === 'queued')
        await Promise.all([
          enqueue(context, id, { wanted: spec.resources.accelerator, priority: spec.priority }),
          sweep === '' ? disk?.settle() : undefined, // a run that is lost with the server is created again
        ])
      return { job: await getJob(context, id), replayed: isReplayed }
    },
    /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    get: (id: string) => getJob(context, id),
    /** The run that a job is a fork of; undefined where it is none. @throws {UnrollError} STORE_UNAVAILABLE */
    findFork: (id: string) => findFork(context, id),
    /** The position and the waiting reason of a job that would be created now. @throws {UnrollError} STORE_UNAVAILABLE */
    outlook: (spec: JobSpec, cost: Estimate) => outlook(context, spec, cost),
    /** Newest first. With a filter that few jobs pass, a page may have fewer than `limit` jobs and not be the last. */
    list: (options: JobListOptions = {}) => list(context, options),
  }
}

async function outlook(context: Context, spec: JobSpec, cost: Estimate): Promise<Job['queue']> {
  const { db, keys } = context
  const needs = computeNeeds(spec, cost)
  const args = [spec.priority, LAST_ID, LINES_TOLD, nameLine(needs)]
  const [ahead, fleet] = await Promise.all([db.script<Ahead>('outlook', [keys.waiting], args), readFleet(context)])
  const { priority, training } = spec
  const waiting = { ...needs, id: LAST_ID, priority, stepsLeft: training.max_steps, shape: computeShape(spec) }
  return {
    ...describePlace('queued', needs, ahead, fleet),
    ...describeForecast(await forecastNew(context, fleet, waiting)),
  }
}

async function list(context: Context, options: JobListOptions): Promise<Page<Job>> {
  const { limit = PAGE_LIMIT, status, sweep, owner = DEFAULT_OWNER } = options
  // Jobs of before are in no list of an owner: those of the default owner are found among all.
  const own = owner === DEFAULT_OWNER ? undefined : `owner:${owner}`
  const prefix = `${sweep ?? own ?? status ?? 'all'}:`
  const found: string[] = []
  let { after } = options
  for (let seen = 0; seen < SCAN_LIMIT && found.length <= limit; seen += SCAN_CHUNK) {
    const ids = await newestIds(context, context.keys.index, { prefix, after, limit: SCAN_CHUNK })
    found.push(...(await matching(context, ids, options)))
    after = ids.at(-1)
    if (ids.length < SCAN_CHUNK) {
      after = undefined
      break
    }
  }
  const { data, ...page } = makePage(found, limit, (id) => id)
  const jobs = await readJobs(context, data)
  const unseen = page.next === null && after !== undefined // the scan ended before the list did
  return { ...page, data: jobs, ...(unseen && { has_more: true, next: after ?? null }) }
}

/** Fields of a record that say what the job starts from. */
function encodeStart(options: CreateOptions): (string | number)[] {
  const { traceparent, checkpoint, fork, initialisation } = options
  const origin = describeOrigin(options)
  const step = fork?.step ?? checkpoint?.copy.step
  return [
    ...(traceparent === undefined ? [] : ['traceparent', traceparent]),
    ...(origin === undefined ? [] : ['origin', JSON.stringify(origin)]),
    ...(step === undefined ? [] : ['step', step]),
    ...(fork === undefined ? [] : ['fork', JSON.stringify(fork), 'fork_step', fork.step]),
    ...(initialisation === undefined ? [] : ['initialisation', JSON.stringify(initialisation)]),
  ]
}

function describeOrigin({ retryOf, checkpoint, fork }: CreateOptions): Origin | undefined {
  if (fork !== undefined) {
    const { job, step } = fork
    return { retry_of: null, forked_from: { job, checkpoint: fork.checkpoint?.from ?? null, step } }
  }
  if (retryOf === undefined) return undefined
  if (checkpoint === undefined) return { retry_of: retryOf, forked_from: null }
  const { from, copy } = checkpoint
  return { retry_of: retryOf, forked_from: { job: retryOf, checkpoint: from, step: copy.step } }
}

function encodeFields(spec: JobSpec, estimate: Estimate): (string | number)[] {
  const fields = {
    spec: JSON.stringify(spec),
    estimate: JSON.stringify(estimate),
    cell: spec.model.cell,
    metadata: JSON.stringify(spec.metadata),
    project: spec.metadata['project'] ?? '',
    accelerator: spec.resources.accelerator,
    line: nameLine(computeNeeds(spec, estimate)),
    gpus: countGpus(spec),
    max_restarts: spec.max_restarts,
    max_preemptions: spec.max_preemptions,
    max_steps: spec.training.max_steps,
    shape: computeShape(spec),
    ...placeReceivers(spec),
  }
  return Object.entries(fields).flat()
}

/** Fields of a record that say which receivers an event has, as `lua/includes/job.lua` reads them. */
function placeReceivers({ notify }: JobSpec): Record<string, string> {
  const fields: Record<string, string> = {}
  if (!notify.every(({ secret }) => REFERENCE.test(secret)))
    throw new Error(
      'Cannot create a job whose receivers have secrets: workers would read them, references must stand for them',
    )
  for (const [place, { on }] of notify.entries())
    for (const code of new Set(on)) fields[`notify:${code}`] = [fields[`notify:${code}`] ?? [], place].flat().join(' ')
  return fields
}

/** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
export async function getJob(context: Context, id: string): Promise<Job> {
  const [job] = await readJobs(context, [id])
  if (job === undefined) throw noSuchJob(id)
  return job
}

async function readJobs(context: Context, ids: readonly string[]): Promise<Job[]> {
  const { db, keys } = context
  const replies = await Promise.all(ids.map((id) => db.script<JobReply>('read_job', keys.job(id), [id, LINES_TOLD])))
  const isAnyQueued = replies.some(([, , ahead]) => ahead.length > 0)
  const fleet = isAnyQueued ? await readFleet(context) : NO_FLEET
  const forecast = isAnyQueued ? await forecasts(context, fleet) : undefined
  return replies.flatMap((reply, at) => toJob(ids[at] ?? '', reply, { fleet, forecast }) ?? [])
}

const NO_FLEET: Fleet = { online: [], paused: new Map() }

/** Those of `ids` that pass the filter, which only needs some fields of a record. */
async function matching(
  { db, keys }: Context,
  ids: string[],
  { cell, metadata = {}, status, dataset, owner }: JobListOptions,
): Promise<string[]> {
  const wanted = Object.entries(metadata)
  if ([cell, status, dataset, owner].every((each) => each === undefined) && wanted.length === 0) return ids
  const fields = ['cell', 'metadata', 'status', 'owner', ...(dataset === undefined ? [] : ['spec'])]
  const rows = await Promise.all(ids.map((id) => db.command((redis) => redis.hmget(keys.record(id), ...fields))))
  return ids.filter((_, at) => {
    const [itsCell, itsMetadata, itsStatus, itsOwner, itsSpec] = rows[at] ?? []
    const pairs = JSON.parse(itsMetadata ?? '{}') as Record<string, string>
    return (
      (cell === undefined || itsCell === cell) &&
      (status === undefined || itsStatus === status) &&
      (owner === undefined || (itsOwner ?? DEFAULT_OWNER) === owner) &&
      (dataset === undefined || usesThat(dataset, itsSpec ?? '{}')) &&
      wanted.every(([key, value]) => pairs[key] === value)
    )
  })
}

function usesThat(dataset: string, spec: string): boolean {
  const { data } = JSON.parse(spec) as Partial<JobSpec>
  return data !== undefined && usesDataset(data) && data.dataset === dataset
}
