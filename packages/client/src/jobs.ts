// Every route of a job in one class: callers know them as `client.jobs`, and each is one request.

import type {
  CheckpointFormat,
  Delivery,
  EvaluationRequest,
  Estimate,
  JobEvent,
  JobFork,
  JobPatch,
  JobRetry,
  JobSpec,
  Page,
} from '@unroll/contract'
import { readTable, type RowTable } from './arrow/table.ts'
import type { JobRequest } from './job_request.ts'
import {
  decodeNumbers,
  type Checkpoint,
  type Diagnosis,
  type Evaluation,
  type EvaluationReport,
  type FlowPage,
  type FlowTile,
  type Job,
  type MetricsBuckets,
  type MetricsPage,
  type MatrixOfLayers,
  type ProbeFlow,
  type Replay,
  type RunSummary,
} from './numbers.ts'
import { iterateItems } from './http/pages.ts'
import { pause } from './http/retrying.ts'
import type {
  PageQuery,
  FlowQuery,
  FlowTileQuery,
  JobQuery,
  MetricsQuery,
  OverviewQuery,
  ProbeQuery,
} from './queries.ts'
import { streamJob, type StreamMessage, type StreamOptions } from './stream/stream.ts'
import { creatingHeaders } from './http/headers.ts'
import type { Abortable, Transport } from './http/transport.ts'

/** Between two looks at what a worker is still to answer. */
const POLL_MS = 500

/** The specification, the cost and the waiting reason of a job that is not submitted. */
export interface DryRun {
  object: 'dry_run'
  spec: JobSpec
  estimate: Estimate
  queue: Job['queue']
}

/** The routes of `/v1/jobs`. Each call throws `UnrollProblem` when the service refuses it. */
export class Jobs {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /**
   * Submits a job. A repetition with the same `idempotencyKey` within a day returns the first job; without one the client
   * makes a key, under which it repeats the request itself.
   */
  async create(
    spec: JobRequest,
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string } = {},
  ): Promise<Job> {
    return this.#http.post<Job>('/v1/jobs', { headers: creatingHeaders(idempotencyKey), json: spec, signal })
  }

  /**
   * Validates a specification without submitting it, and returns it with defaults, its cost, and what it would wait
   * for.
   */
  async dryRun(spec: JobRequest, { signal }: Abortable = {}): Promise<DryRun> {
    return this.#http.post<DryRun>('/v1/jobs', { query: { dry_run: true }, json: spec, isRepeatable: true, signal })
  }

  async get(id: string, { signal }: Abortable = {}): Promise<Job> {
    return this.#http.get<Job>(`/v1/jobs/${id}`, { signal })
  }

  /** The job once it has ended, whatever its end: `status` tells it. The connection is replaced when it breaks. */
  async wait(id: string, options: Pick<StreamOptions, 'signal' | 'patienceMs' | 'silentMs'> = {}): Promise<Job> {
    for await (const { type, data } of streamJob(this.#http, id, { ...options, types: ['status'] }))
      if (type === 'end') return data
    return this.get(id, options)
  }

  /**
   * Submits a job and streams it until it ends. The first message is the job.
   *
   * @example
   * for await (const { type, data } of client.jobs.createAndWatch({ model: { cell: 'lstm' }, data: { task: 'adding' } }))
   *   if (type === 'end') console.log(data.status, data.result?.loss)
   */
  async *createAndWatch(
    spec: JobRequest,
    { idempotencyKey, ...options }: StreamOptions & { idempotencyKey?: string } = {},
  ): AsyncGenerator<StreamMessage> {
    const { id } = await this.create(spec, { ...(idempotencyKey !== undefined && { idempotencyKey }), ...options })
    yield* streamJob(this.#http, id, options)
  }

  /** A page of jobs, newest first. */
  async list(query: JobQuery = {}, { signal }: Abortable = {}): Promise<Page<Job>> {
    return this.#http.get<Page<Job>>('/v1/jobs', { query: { ...query }, signal })
  }

  /** Every job, newest first. */
  each(query: JobQuery = {}, options: Abortable = {}): AsyncGenerator<Job> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  async cancel(id: string, { signal }: Abortable = {}): Promise<Job> {
    return this.#http.post<Job>(`/v1/jobs/${id}/cancel`, { isRepeatable: true, signal })
  }

  /** Pauses a job: it stops and keeps its place in line. */
  async pause(id: string, { signal }: Abortable = {}): Promise<Job> {
    return this.#http.post<Job>(`/v1/jobs/${id}/pause`, { isRepeatable: true, signal })
  }

  /** Resumes a paused job. While it is still `pausing` this is refused as `JOB_BUSY`. */
  async resume(id: string, { signal }: Abortable = {}): Promise<Job> {
    return this.#http.post<Job>(`/v1/jobs/${id}/resume`, { isRepeatable: true, signal })
  }

  /** Changes name, priority, metadata or `keep`; with `revision`, only if no other client has changed it since. */
  async update(
    id: string,
    changes: JobPatch,
    { revision, signal }: Abortable & { revision?: number } = {},
  ): Promise<Job> {
    const headers: Record<string, string> = revision === undefined ? {} : { 'if-match': `"${revision}"` }
    return this.#http.patch<Job>(`/v1/jobs/${id}`, { headers, json: changes, signal })
  }

  /**
   * Creates a new job from an old one, from the start or from one of its checkpoints, with changes to its
   * specification.
   */
  async retry(
    id: string,
    retry: Partial<JobRetry> = {},
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string } = {},
  ): Promise<Job> {
    return this.#http.post<Job>(`/v1/jobs/${id}/retry`, {
      headers: creatingHeaders(idempotencyKey),
      json: retry,
      signal,
    })
  }

  /**
   * Creates a new job that goes on from any step of an old one, with changes to its specification; without, it is the old
   * one bit for bit.
   */
  async fork(
    id: string,
    { step, changes = {} }: Pick<JobFork, 'step'> & Partial<JobFork>,
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string } = {},
  ): Promise<Job> {
    const json = { step, changes }
    return this.#http.post<Job>(`/v1/jobs/${id}/fork`, { headers: creatingHeaders(idempotencyKey), json, signal })
  }

  /** Deletes an ended job with its metrics, events and artifacts. */
  async delete(id: string, { signal }: Abortable = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/jobs/${id}`, { signal })
  }

  /** A page of a job's log, oldest first. */
  async events(id: string, query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<JobEvent>> {
    return this.#http.get<Page<JobEvent>>(`/v1/jobs/${id}/events`, { query: { ...query }, signal })
  }

  /** A job's whole log, oldest first. */
  eachEvent(id: string, query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<JobEvent> {
    return iterateItems((after) => this.events(id, { ...query, after }, options), query.after)
  }

  /** A page of what receivers of a job were told, newest first. */
  async deliveries(id: string, query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<Delivery>> {
    return this.#http.get(`/v1/jobs/${id}/deliveries`, { query: { ...query }, signal })
  }

  /** All that receivers of a job were told, newest first. */
  eachDelivery(id: string, query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<Delivery> {
    return iterateItems((after) => this.deliveries(id, { ...query, after }, options), query.after)
  }

  /** Rows of metrics, oldest first. */
  async metrics(id: string, query: MetricsQuery = {}, { signal }: Abortable = {}): Promise<MetricsPage> {
    return this.#http.get(`/v1/jobs/${id}/metrics`, { query: { ...query }, signal })
  }

  /** A whole run, or a range of its steps: its rows, or buckets if there are more than `max_points` rows. */
  async metricsOverview(
    id: string,
    query: OverviewQuery,
    { signal }: Abortable = {},
  ): Promise<MetricsPage | MetricsBuckets> {
    const call = { query: { ...query }, signal }
    return this.#http.get(`/v1/jobs/${id}/metrics`, call)
  }

  /** A summary of all rows of a run for the requested series. */
  async metricsSummary(
    id: string,
    query: Pick<MetricsQuery, 'series'> = {},
    { signal }: Abortable = {},
  ): Promise<RunSummary> {
    const call = { query: { ...query }, signal }
    return this.#http.get(`/v1/jobs/${id}/metrics/summary`, call)
  }

  /**
   * Rows of metrics as typed arrays, oldest first: `step` and a column for each series. NaN is a value; where something was not
   * measured the column has null.
   */
  async metricsTable(id: string, query: MetricsQuery = {}, { signal }: Abortable = {}): Promise<RowTable> {
    return readTable(this.#http, `/v1/jobs/${id}/metrics`, { query: { ...query }, signal })
  }

  /** Rows of the total flow of one layer as typed arrays: `step`, `timestep` and a column for each state. */
  async flowTable(id: string, query: FlowQuery = {}, { signal }: Abortable = {}): Promise<RowTable> {
    return readTable(this.#http, `/v1/jobs/${id}/flow`, { query: { ...query }, signal })
  }

  /** Rows of the total flow of one layer, oldest first. */
  async flow(id: string, query: FlowQuery = {}, { signal }: Abortable = {}): Promise<FlowPage> {
    return this.#http.get(`/v1/jobs/${id}/flow`, { query: { ...query }, signal })
  }

  /** The whole total flow of one layer, or a range of it: its rows, or buckets if there are too many rows. */
  async flowTile(
    id: string,
    { max_steps = 256, ...query }: FlowTileQuery = {},
    { signal }: Abortable = {},
  ): Promise<FlowPage | FlowTile> {
    const call = { query: { max_steps, ...query }, signal }
    return this.#http.get(`/v1/jobs/${id}/flow`, call)
  }

  /** The probe flow φ(k) of each layer, its decay β and its horizon. */
  async probe(id: string, query: ProbeQuery = {}, { signal }: Abortable = {}): Promise<ProbeFlow> {
    return this.#http.get(`/v1/jobs/${id}/probe`, { query: { ...query }, signal })
  }

  /** The itemised matrix of each layer at a training step, or at the last observed one before it; the newest unless given. */
  async matrix(
    id: string,
    { step }: { step?: number | undefined } = {},
    { signal }: Abortable = {},
  ): Promise<MatrixOfLayers> {
    return this.#http.get(`/v1/jobs/${id}/matrix`, { query: { step }, signal })
  }

  /** The findings about a run, each with its evidence and a corrected specification. */
  async diagnosis(id: string, { signal }: Abortable = {}): Promise<Diagnosis> {
    return this.#http.get<Diagnosis>(`/v1/jobs/${id}/diagnosis`, { signal })
  }

  /** How a job on a data set that has succeeded answers what was held out, and other data sets on request. */
  async evaluations(id: string, { signal }: Abortable = {}): Promise<readonly EvaluationReport[]> {
    const page = await this.#http.get<Page<EvaluationReport>>(`/v1/jobs/${id}/evaluations`, { signal })
    return (decodeNumbers(page, 'evaluation_report') as typeof page).data
  }

  /** Evaluates a checkpoint of a job, the best unless given, on all of another data set. It waits for a worker. */
  async evaluate(
    id: string,
    request: Pick<EvaluationRequest, 'dataset'> & Partial<EvaluationRequest>,
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string | undefined } = {},
  ): Promise<Evaluation> {
    const call = { headers: creatingHeaders(idempotencyKey), json: request, signal }
    return this.#http.post<Evaluation>(`/v1/jobs/${id}/evaluations`, call)
  }

  async evaluation(id: string, evaluation: string, { signal }: Abortable = {}): Promise<Evaluation> {
    return this.#http.get<Evaluation>(`/v1/jobs/${id}/evaluations/${evaluation}`, { signal })
  }

  /** An evaluation once it has succeeded or failed. */
  async evaluationEnd(id: string, evaluation: string, { signal }: Abortable = {}): Promise<Evaluation> {
    return untilEnded(() => this.evaluation(id, evaluation, { signal }), signal)
  }

  /** Has a past step of a run computed again, from the checkpoint before it. It waits for a worker. */
  async replay(
    id: string,
    { step, observe }: { step: number; observe?: readonly string[] | undefined },
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string | undefined } = {},
  ): Promise<Replay> {
    const json = { step, ...(observe !== undefined && { observe }) }
    return this.#http.post<Replay>(`/v1/jobs/${id}/replay`, { headers: creatingHeaders(idempotencyKey), json, signal })
  }

  /** The past steps of a run that were computed again, the newest request first. */
  async replays(id: string, { signal }: Abortable = {}): Promise<readonly Replay[]> {
    return (await this.#http.get<Page<Replay>>(`/v1/jobs/${id}/replays`, { signal })).data
  }

  async replayed(id: string, replay: string, { signal }: Abortable = {}): Promise<Replay> {
    return this.#http.get<Replay>(`/v1/jobs/${id}/replays/${replay}`, { signal })
  }

  /** A replay once it has succeeded or failed. */
  async replayEnd(id: string, replay: string, { signal }: Abortable = {}): Promise<Replay> {
    return untilEnded(() => this.replayed(id, replay, { signal }), signal)
  }

  /** A page of the states of a run that are kept, newest first. */
  async checkpoints(id: string, query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<Checkpoint>> {
    return this.#http.get<Page<Checkpoint>>(`/v1/jobs/${id}/checkpoints`, { query: { ...query }, signal })
  }

  /** Every checkpoint of a run, newest first. */
  eachCheckpoint(id: string, query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<Checkpoint> {
    return iterateItems((after) => this.checkpoints(id, { ...query, after }, options), query.after)
  }

  async checkpoint(id: string, checkpoint: string, { signal }: Abortable = {}): Promise<Checkpoint> {
    return this.#http.get<Checkpoint>(`/v1/jobs/${id}/checkpoints/${checkpoint}`, { signal })
  }

  /**
   * A checkpoint as a file, as its bytes arrive.
   *
   * @param format of the file; the state of the run, from which it resumes, unless given
   */
  async checkpointContent(
    id: string,
    checkpoint: string,
    { format, signal }: Abortable & { format?: CheckpointFormat | undefined } = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const path = `/v1/jobs/${id}/checkpoints/${checkpoint}/content`
    const { body } = await this.#http.send('GET', path, { query: { format }, signal })
    return body ?? new ReadableStream({ start: (controller) => controller.close() })
  }

  /** The model card of a checkpoint: Markdown with a picture of the flow inside. */
  async checkpointCard(id: string, checkpoint: string, { signal }: Abortable = {}): Promise<string> {
    const response = await this.#http.send('GET', `/v1/jobs/${id}/checkpoints/${checkpoint}/card`, { signal })
    return await response.text()
  }
}

/** A request on a job once it has succeeded or failed. */
async function untilEnded<Found extends { finished_at: string | null }>(
  read: () => Promise<Found>,
  signal: AbortSignal | undefined,
): Promise<Found> {
  for (;;) {
    const found = await read()
    if (found.finished_at !== null) return found
    await pause(POLL_MS, signal)
  }
}
