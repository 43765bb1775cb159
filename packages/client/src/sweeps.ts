import type { Page, SweepDryRun, SweepSpec } from '@unroll/contract'
import { creatingHeaders } from './http/headers.ts'
import type { Given, JobRequest } from './job_request.ts'
import { iterateItems } from './http/pages.ts'
import type { Sweep, SweepSummary } from './numbers.ts'
import type { PageQuery } from './queries.ts'
import type { Abortable, Transport } from './http/transport.ts'

/** A strategy in which fields with a default are optional. */
type GivenStrategy<Each> = Each extends { type: string } ? Pick<Each, 'type'> & Given<Each> : never

/** The body of a sweep request: fields that its space sets are optional in the template. */
export type SweepRequest = Pick<SweepSpec, 'name' | 'space' | 'repeats' | 'stop_on'> & {
  template: Given<JobRequest>
  strategy?: GivenStrategy<SweepSpec['strategy']>
  objective?: Given<SweepSpec['objective']>
  metadata?: SweepSpec['metadata']
}

/** The routes of `/v1/sweeps`. Each call throws `UnrollProblem` when the service refuses it. */
export class Sweeps {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /**
   * Submits many jobs from one template. A repetition with the same `idempotencyKey` within a day returns the first
   * sweep; without one the client makes a key.
   */
  async create(
    spec: SweepRequest,
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string } = {},
  ): Promise<Sweep> {
    return this.#http.post<Sweep>('/v1/sweeps', { headers: creatingHeaders(idempotencyKey), json: spec, signal })
  }

  /** Validates a sweep without submitting it, and returns its trials, its number of jobs and their cost. */
  async dryRun(spec: SweepRequest, { signal }: Abortable = {}): Promise<SweepDryRun> {
    return this.#http.post<SweepDryRun>('/v1/sweeps', {
      query: { dry_run: true },
      json: spec,
      isRepeatable: true,
      signal,
    })
  }

  async get(id: string, { signal }: Abortable = {}): Promise<Sweep> {
    return this.#http.get<Sweep>(`/v1/sweeps/${id}`, { signal })
  }

  /** A page of sweeps, newest first. */
  async list(query: PageQuery = {}, { signal }: Abortable = {}): Promise<Page<SweepSummary>> {
    return this.#http.get<Page<SweepSummary>>('/v1/sweeps', { query: { ...query }, signal })
  }

  /** Every sweep, newest first. */
  each(query: PageQuery = {}, options: Abortable = {}): AsyncGenerator<SweepSummary> {
    return iterateItems((after) => this.list({ ...query, after }, options), query.after)
  }

  /** Cancels all jobs of a sweep that have not ended. */
  async cancel(id: string, { signal }: Abortable = {}): Promise<Sweep> {
    return this.#http.post<Sweep>(`/v1/sweeps/${id}/cancel`, { isRepeatable: true, signal })
  }

  /** Deletes an ended sweep and, unless `keepJobs`, its jobs with all their data. */
  async delete(id: string, { keepJobs = false, signal }: Abortable & { keepJobs?: boolean } = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/sweeps/${id}`, { query: { keep_jobs: keepJobs }, signal })
  }
}
