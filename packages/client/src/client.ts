import type {
  AcceleratorClass,
  AuditRecord,
  CellChoice,
  Garbage,
  LimitUses,
  Page,
  QueueState,
  Readiness,
  TaskChoice,
  TaskSamples,
  Usage,
  Worker,
} from '@unroll/contract'
import { Datasets } from './datasets.ts'
import { followMetrics, type FollowOptions } from './stream/follow.ts'
import { Jobs } from './jobs.ts'
import type { MetricsPage } from './numbers.ts'
import { streamJob, type StreamMessage, type StreamOptions } from './stream/stream.ts'
import { Keys } from './keys.ts'
import { Models } from './models.ts'
import { Predictions } from './predictions.ts'
import type { TaskRequest } from './job_request.ts'
import { Sessions } from './sessions.ts'
import { Sweeps } from './sweeps.ts'
import { Weights } from './weights.ts'
import { Transport, type Abortable, type TransportOptions } from './http/transport.ts'

/** A queue, by its accelerator. @default all queues */
type QueueChoice = Abortable & { accelerator?: AcceleratorClass | undefined }

/**
 * The service over HTTP, for browsers and Node alike.
 *
 * @example
 * const client = new UnrollClient({ baseUrl: 'http://127.0.0.1:8080' })
 * const job = await client.jobs.create({ model: { cell: 'lstm' }, data: { task: 'adding' } })
 * for await (const { steps, series } of client.followMetrics(job.id, { series: ['loss'] })) plot(steps, series.loss)
 */
export class UnrollClient {
  readonly jobs: Jobs
  readonly sweeps: Sweeps
  readonly sessions: Sessions
  readonly datasets: Datasets
  readonly predictions: Predictions
  readonly models: Models
  readonly keys: Keys
  readonly weights: Weights
  readonly #http: Transport

  constructor(options: TransportOptions = {}) {
    this.#http = new Transport(options)
    this.jobs = new Jobs(this.#http)
    this.sweeps = new Sweeps(this.#http)
    this.sessions = new Sessions(this.#http)
    this.datasets = new Datasets(this.#http)
    this.predictions = new Predictions(this.#http)
    this.models = new Models(this.#http)
    this.keys = new Keys(this.#http)
    this.weights = new Weights(this.#http)
  }

  /** The metrics of a run as they arrive, until it ends. */
  followMetrics(jobId: string, options: FollowOptions = {}): AsyncGenerator<MetricsPage> {
    return followMetrics(this.#http, jobId, options)
  }

  /** State, metrics, flow and log of a run as they arrive, until it ends, over one connection that reconnects. */
  stream(jobId: string, options: StreamOptions = {}): AsyncGenerator<StreamMessage> {
    return streamJob(this.#http, jobId, options)
  }

  /** Whether the process of the service runs, also where Redis cannot be reached. */
  liveness({ signal }: Abortable = {}): Promise<{ status: 'live' }> {
    return this.#http.get('/livez', { signal })
  }

  /** The metrics of the service itself, in the text format of Prometheus. */
  async prometheusMetrics({ signal }: Abortable = {}): Promise<string> {
    const response = await this.#http.send('GET', '/metrics', { signal })
    return response.text()
  }

  /** Whether the service can accept jobs; it is thrown where it cannot. */
  readiness({ signal }: Abortable = {}): Promise<Readiness> {
    return this.#http.get('/readyz', { signal })
  }

  /** All workers that the service knows. */
  workers({ signal }: Abortable = {}): Promise<Page<Worker>> {
    return this.#http.get('/v1/workers', { signal })
  }

  /** Drains a worker: it takes no more jobs, and returns its jobs or, with `finish`, trains them to their end. */
  drainWorker(
    id: string,
    { running = 'hand_back', signal }: Abortable & { running?: 'hand_back' | 'finish' } = {},
  ): Promise<Worker> {
    return this.#http.post(`/v1/workers/${id}/drain`, { json: { running }, isRepeatable: true, signal })
  }

  /** Undrains a worker: it takes jobs again. */
  undrainWorker(id: string, { signal }: Abortable = {}): Promise<Worker> {
    return this.#http.post(`/v1/workers/${id}/undrain`, { isRepeatable: true, signal })
  }

  /** Waiting jobs by accelerator and labels, and jobs by state. */
  queue({ signal }: Abortable = {}): Promise<QueueState> {
    return this.#http.get('/v1/queue', { signal })
  }

  /** Pauses the queue of an accelerator, or all queues. Running jobs continue. */
  pauseQueue(options: QueueChoice = {}): Promise<QueueState> {
    return this.#steerQueue('pause', options)
  }

  /** Resumes the queue of an accelerator, or all queues. */
  resumeQueue(options: QueueChoice = {}): Promise<QueueState> {
    return this.#steerQueue('resume', options)
  }

  #steerQueue(verb: 'pause' | 'resume', { signal, ...queues }: QueueChoice): Promise<QueueState> {
    return this.#http.post(`/v1/queue/${verb}`, { json: queues, isRepeatable: true, signal })
  }

  /**
   * The storage in use, and the training from one day to another, such as `2026-11-28` (UTC).
   *
   * @default the last 30 days
   */
  usage({ from, to, signal }: Abortable & { from?: string; to?: string } = {}): Promise<Usage> {
    return this.#http.get('/v1/usage', { query: { from, to }, signal })
  }

  /** The limits of the key, of its owner and of the service, and how much of each is used. */
  limits({ signal }: Abortable = {}): Promise<LimitUses> {
    return this.#http.get('/v1/limits', { signal })
  }

  /** Who changed what, newest first: for admins. */
  audit({ signal, ...query }: Abortable & { limit?: number | undefined; after?: string | undefined } = {}): Promise<
    Page<AuditRecord>
  > {
    return this.#http.get('/v1/audit', { query, signal })
  }

  /** Deletes artifacts without a record and jobs older than the retention, or with `dryRun` lists them. */
  collectGarbage({ dryRun = false, signal }: Abortable & { dryRun?: boolean } = {}): Promise<Garbage> {
    return this.#http.post('/v1/gc', { query: { dry_run: dryRun }, isRepeatable: true, signal })
  }

  /** All cells, with the schema of `model`. */
  cells({ signal }: Abortable = {}): Promise<Page<CellChoice>> {
    return this.#http.get('/v1/cells', { signal })
  }

  /** The built-in tasks, with the schema of `data`, chance and what counts as solved. */
  tasks({ signal }: Abortable = {}): Promise<Page<TaskChoice>> {
    return this.#http.get('/v1/tasks', { signal })
  }

  /** Sequences of a task, as the evaluation of a job with this seed has them. */
  drawTaskSamples(request: TaskRequest, { signal }: Abortable = {}): Promise<TaskSamples> {
    return this.#http.post('/v1/tasks/samples', { json: request, isRepeatable: true, signal })
  }
}
