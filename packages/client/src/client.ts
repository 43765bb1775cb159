import type { Page, Worker } from '@unroll/spec'
import { Datasets } from './datasets.ts'
import { followMetrics, type FollowOptions } from './follow.ts'
import { Jobs, type Abortable } from './jobs.ts'
import type { MetricsPage } from './numbers.ts'
import { Transport, type TransportOptions } from './transport.ts'

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
  readonly datasets: Datasets
  readonly #http: Transport

  constructor(options: TransportOptions = {}) {
    this.#http = new Transport(options)
    this.jobs = new Jobs(this.#http)
    this.datasets = new Datasets(this.#http)
  }

  /** The metrics of a run as they come, until it ends. */
  followMetrics(jobId: string, options: FollowOptions = {}): AsyncGenerator<MetricsPage> {
    return followMetrics(this.#http, jobId, options)
  }

  /** All workers the service has heard of lately. */
  workers({ signal }: Abortable = {}): Promise<Page<Worker>> {
    return this.#http.get('/v1/workers', { signal })
  }
}
