import type { Page, Sweep, SweepDryRun, SweepSpec, SweepSummary } from '@unroll/contract'
import { JSON_BODY, keyHeader } from './headers.ts'
import type { Given, JobRequest } from './job_request.ts'
import { iterateItems } from './pages.ts'
import type { PageQuery } from './queries.ts'
import type { Abortable, Transport } from './transport.ts'

/** A strategy some of whose fields are left to their defaults. */
type GivenStrategy<Each> = Each extends { type: string } ? Pick<Each, 'type'> & Given<Each> : never

/** A sweep as it is posted: what its space sets may be left out of its template. */
export type SweepRequest = Pick<SweepSpec, 'name' | 'space'> & {
  template: Given<JobRequest>
  strategy?: GivenStrategy<SweepSpec['strategy']>
  objective?: Given<SweepSpec['objective']>
  metadata?: SweepSpec['metadata']
}

/** Everything under `/v1/sweeps`. Each call throws `UnrollProblem` when the service refuses it. */
export class Sweeps {
  readonly #http: Transport

  constructor(http: Transport) {
    this.#http = http
  }

  /** Submits many jobs of one template. Sent again with the same `idempotencyKey` within a day, it gives the sweep of the first time. */
  async create(
    spec: SweepRequest,
    { idempotencyKey, signal }: Abortable & { idempotencyKey?: string } = {},
  ): Promise<Sweep> {
    const headers = { ...JSON_BODY, ...keyHeader(idempotencyKey) }
    return this.#http.post<Sweep>('/v1/sweeps', { headers, body: JSON.stringify(spec), signal })
  }

  /** Checks a sweep without submitting it: which trials there would be, how many jobs, and what each would cost. */
  async dryRun(spec: SweepRequest, { signal }: Abortable = {}): Promise<SweepDryRun> {
    const query = { dry_run: true }
    return this.#http.post<SweepDryRun>('/v1/sweeps', { query, headers: JSON_BODY, body: JSON.stringify(spec), signal })
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
    return this.#http.post<Sweep>(`/v1/sweeps/${id}/cancel`, { signal })
  }

  /** Deletes a sweep that has ended and, unless `keepJobs`, its jobs with all that they left. */
  async delete(id: string, { keepJobs = false, signal }: Abortable & { keepJobs?: boolean } = {}): Promise<void> {
    await this.#http.send('DELETE', `/v1/sweeps/${id}`, { query: { keep_jobs: keepJobs }, signal })
  }
}
