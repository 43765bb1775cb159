import { createHash, randomBytes } from 'node:crypto'
import {
  UnrollError,
  newId,
  usesDataset,
  type Accelerator,
  type Checkpoint,
  type Estimate,
  type Job,
  type JobSpec,
  type JobStatus,
  type Page,
} from '@unroll/spec'
import { reach } from '@unroll/faults'
import type { Context } from './context.ts'
import { noSuchJob } from './errors.ts'
import { PAGE_LIMIT, newestIds, pageOf, type ListOptions } from './paging.ts'
import { enqueue } from './deliveries.ts'
import { toJob, type JobReply, type Origin } from './records.ts'
import { acceleratorsOnline } from './workers.ts'

const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000
const SCAN_CHUNK = 100
const SCAN_LIMIT = 1_000 // jobs looked at for one page of a filtered list

export interface Idempotency {
  /** The client's `Idempotency-Key`. */
  key: string
  /** Digest of the request: the same key with another one is refused. */
  fingerprint: string
}

export interface JobListOptions extends ListOptions {
  status?: JobStatus
  cell?: JobSpec['model']['cell']
  /** Pairs that the job's metadata must hold. */
  metadata?: Record<string, string>
}

export interface CreateOptions {
  /** The same key and fingerprint within 24 h answer the job made before, `replayed`. */
  idempotency?: Idempotency | undefined
  /** What the attempts at the job are part of (W3C Trace Context). @default none */
  traceparent?: string | undefined
  /** Its id. @default a new one */
  id?: string
  /** The job that it repeats. @default none */
  retryOf?: string
  /** What it goes on from, a copy of its own. @default the start */
  checkpoint?: { from: string; copy: Checkpoint }
}

/** Jobs as clients see them. */
export interface JobRecords {
  /**
   * Accepts a job. It is on the server's disk, where that keeps an append-only file, before this resolves.
   *
   * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, DATASET_NOT_FOUND, STORE_UNAVAILABLE
   */
  create(spec: JobSpec, estimate: Estimate, options?: CreateOptions): Promise<{ job: Job; replayed: boolean }>
  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  get(id: string): Promise<Job>
  /** Newest first. With a filter that few jobs pass, a page may hold fewer than `limit` and yet not be the last. */
  list(options?: JobListOptions): Promise<Page<Job>>
}

export function jobRecords(context: Context): JobRecords {
  return {
    create: (spec, estimate, options = {}) => create(context, spec, estimate, options),
    get: (id) => getJob(context, id),
    list: (options = {}) => list(context, options),
  }
}

async function create(
  context: Context,
  spec: JobSpec,
  estimate: Estimate,
  { idempotency, traceparent, id: given, retryOf, checkpoint }: CreateOptions,
): Promise<{ job: Job; replayed: boolean }> {
  const { db, keys, clock, disk } = context
  const now = clock()
  const newJob = given ?? newId('job', now, randomBytes(16))
  const dataset = usesDataset(spec.data) ? spec.data.dataset : ''
  const [outcome, id = newJob] = await db.script<['created' | 'replayed' | 'reused' | 'no_dataset', string?]>(
    'create',
    [
      ...keys.job(newJob),
      keys.checkpoints(newJob),
      keys.idempotency(digest(idempotency?.key ?? '')),
      keys.dataset(dataset),
    ],
    [
      newJob,
      now,
      idempotency?.fingerprint ?? '',
      IDEMPOTENCY_MS,
      dataset,
      spec.priority,
      checkpoint?.copy.id ?? '',
      JSON.stringify(checkpoint?.copy ?? null),
      ...fieldsOf(spec, estimate, now),
      ...(traceparent === undefined ? [] : ['traceparent', traceparent]),
      ...(retryOf === undefined ? [] : ['origin', JSON.stringify(originOf(retryOf, checkpoint))]),
      ...(checkpoint === undefined ? [] : ['step', checkpoint.copy.step]),
    ],
  )
  if (outcome === 'reused')
    throw new UnrollError(
      'IDEMPOTENCY_KEY_REUSED',
      `Cannot create the job: key "${idempotency?.key}" was used with another body`,
    )
  if (outcome === 'no_dataset')
    throw new UnrollError('DATASET_NOT_FOUND', `Cannot create the job: there is no data set "${dataset}"`)

  reach('job.recorded')
  const replayed = outcome === 'replayed'
  const job = replayed ? await getJob(context, id) : undefined
  // A replay may follow a crash before the job reached the queue.
  if (job === undefined || job.status === 'queued')
    await Promise.all([
      enqueue(context, id, { wanted: spec.resources.accelerator, priority: spec.priority }),
      disk?.settle(),
    ])
  return { job: await getJob(context, id), replayed }
}

function originOf(retryOf: string, checkpoint: CreateOptions['checkpoint']): Origin {
  if (checkpoint === undefined) return { retry_of: retryOf, forked_from: null }
  const { from, copy } = checkpoint
  return { retry_of: retryOf, forked_from: { checkpoint: from, step: copy.step } }
}

function fieldsOf(spec: JobSpec, estimate: Estimate, now: number): (string | number)[] {
  const fields = {
    spec: JSON.stringify(spec),
    estimate: JSON.stringify(estimate),
    cell: spec.model.cell,
    metadata: JSON.stringify(spec.metadata),
    accelerator: spec.resources.accelerator,
    max_restarts: spec.max_restarts,
    ...(spec.deadline_seconds !== null && { deadline_at: now + spec.deadline_seconds * 1000 }),
  }
  return Object.entries(fields).flat()
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
export async function getJob(context: Context, id: string): Promise<Job> {
  const [job] = await readJobs(context, [id])
  if (job === undefined) throw noSuchJob(id)
  return job
}

async function readJobs(context: Context, ids: readonly string[]): Promise<Job[]> {
  const { db, keys } = context
  const replies = await Promise.all(ids.map((id) => db.script<JobReply>('read_job', keys.job(id), [id])))
  const isAnyQueued = replies.some(([, , ahead]) => ahead.length > 0)
  const online = isAnyQueued ? await acceleratorsOnline(context) : new Set<Accelerator>()
  return replies.flatMap((reply, at) => toJob(ids[at] ?? '', reply, online) ?? [])
}

async function list(context: Context, options: JobListOptions): Promise<Page<Job>> {
  const { limit = PAGE_LIMIT, status } = options
  const prefix = `${status ?? 'all'}:`
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
  const { data, ...page } = pageOf(found, limit, (id) => id)
  const jobs = await readJobs(context, data)
  const unseen = page.next === null && after !== undefined // the scan ended before the list did
  return { ...page, data: jobs, ...(unseen && { has_more: true, next: after ?? null }) }
}

/** Those of `ids` that pass the filter, which needs no more of a record than two fields. */
async function matching(
  { db, keys }: Context,
  ids: string[],
  { cell, metadata = {} }: JobListOptions,
): Promise<string[]> {
  const wanted = Object.entries(metadata)
  if (cell === undefined && wanted.length === 0) return ids
  const rows = await Promise.all(
    ids.map((id) => db.command((redis) => redis.hmget(keys.record(id), 'cell', 'metadata'))),
  )
  return ids.filter((_, at) => {
    const [itsCell, itsMetadata] = rows[at] ?? []
    const pairs = JSON.parse(itsMetadata ?? '{}') as Record<string, string>
    return (cell === undefined || itsCell === cell) && wanted.every(([key, value]) => pairs[key] === value)
  })
}
