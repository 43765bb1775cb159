import type { AcceleratorClass, Garbage, Page, QueueState, Usage, Worker } from '@unroll/contract'
import { Datasets } from './datasets.ts'
import { followMetrics, type FollowOptions } from './follow.ts'
import { JSON_BODY } from './headers.ts'
import { Jobs } from './jobs.ts'
import type { MetricsPage } from './numbers.ts'
import { streamJob, type StreamMessage, type StreamOptions } from './stream.ts'
import { Sweeps } from './sweeps.ts'
import { Transport, type Abortable, type TransportOptions } from './transport.ts'

/** One of the queues, by what its jobs ask for; all of them unless given. */
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
  readonly datasets: Datasets
  readonly #http: Transport

  constructor(options: TransportOptions = {}) {
    this.#http = new Transport(options)
    this.jobs = new Jobs(this.#http)
    this.sweeps = new Sweeps(this.#http)
    this.datasets = new Datasets(this.#http)
  }

  /** The metrics of a run as they come, until it ends. */
  followMetrics(jobId: string, options: FollowOptions = {}): AsyncGenerator<MetricsPage> {
    return followMetrics(this.#http, jobId, options)
  }

  /** All that a run reports as it comes, until it ends: state, metrics, flow and log. One connection, made anew when it breaks. */
  stream(jobId: string, options: StreamOptions = {}): AsyncGenerator<StreamMessage> {
    return streamJob(this.#http, jobId, options)
  }

  /** All workers the service has heard of lately. */
  workers({ signal }: Abortable = {}): Promise<Page<Worker>> {
    return this.#http.get('/v1/workers', { signal })
  }

  /** Has a worker take no more jobs, and hand those in hand back or, with `finish`, train them to their end. */
  drainWorker(
    id: string,
    { running = 'hand_back', signal }: Abortable & { running?: 'hand_back' | 'finish' } = {},
  ): Promise<Worker> {
    return this.#http.post(`/v1/workers/${id}/drain`, { headers: JSON_BODY, body: JSON.stringify({ running }), signal })
  }

  /** Has a drained worker take jobs again. */
  undrainWorker(id: string, { signal }: Abortable = {}): Promise<Worker> {
    return this.#http.post(`/v1/workers/${id}/undrain`, { signal })
  }

  /** Jobs in line by class of accelerator and labels, and jobs by state. */
  queue({ signal }: Abortable = {}): Promise<QueueState> {
    return this.#http.get('/v1/queue', { signal })
  }

  /** Hands out no more jobs that ask for an accelerator, or no more jobs at all, until they are resumed. Those that train go on. */
  pauseQueue(options: QueueChoice = {}): Promise<QueueState> {
    return this.#steerQueue('pause', options)
  }

  /** Hands out jobs that ask for an accelerator again, or all jobs, at once. */
  resumeQueue(options: QueueChoice = {}): Promise<QueueState> {
    return this.#steerQueue('resume', options)
  }

  #steerQueue(verb: 'pause' | 'resume', { signal, ...queues }: QueueChoice): Promise<QueueState> {
    return this.#http.post(`/v1/queue/${verb}`, { headers: JSON_BODY, body: JSON.stringify(queues), signal })
  }

  /** What takes room, and what was trained from a day to another, such as `2026-11-28` (UTC); of the last 30 unless given. */
  usage({ from, to, signal }: Abortable & { from?: string; to?: string } = {}): Promise<Usage> {
    return this.#http.get('/v1/usage', { query: { from, to }, signal })
  }

  /** Deletes artifacts that no record refers to and jobs older than the retention, or with `dryRun` says which those are. */
  collectGarbage({ dryRun = false, signal }: Abortable & { dryRun?: boolean } = {}): Promise<Garbage> {
    return this.#http.post('/v1/gc', { query: { dry_run: dryRun }, signal })
  }
}
