import type { MetricsPage } from '../numbers.ts'
import type { MetricsQuery } from '../queries.ts'
import { isPassing, pause } from '../http/retrying.ts'
import type { Transport } from '../http/transport.ts'

export interface FollowOptions extends Omit<MetricsQuery, 'to_step'> {
  signal?: AbortSignal | undefined
  /** Milliseconds between two polls. @default 1000 */
  intervalMs?: number
  /** Milliseconds for which the service may be unreachable before the error is thrown. @default 30000 */
  patienceMs?: number
}

const ROWS = 1000

/**
 * The metrics of a run as they arrive, until it ends or `signal` aborts (which throws). Only pages with news are
 * yielded. If a page has `resumed_from_step`, the run resumed from there: earlier rows beyond that step are void, and
 * those of this page replace them.
 */
export async function* followMetrics(
  http: Transport,
  jobId: string,
  { signal, intervalMs = 1000, patienceMs = 30_000, after, limit = ROWS, ...query }: FollowOptions = {},
): AsyncGenerator<MetricsPage> {
  let reachedAt = Date.now()
  for (;;) {
    const call = { query: { ...query, after, limit }, maxRetries: 0, signal }
    const page = await http.get<MetricsPage>(`/v1/jobs/${jobId}/metrics`, call).catch((error: unknown) => {
      if (signal?.aborted === true || !isPassing(error) || Date.now() - reachedAt > patienceMs) throw error
      return undefined
    })
    if (page !== undefined) {
      reachedAt = Date.now()
      after = page.cursor
      if (page.steps.length > 0 || page.resumed_from_step !== undefined || page.done) yield page
      if (page.done) return
      if (page.steps.length === limit) continue
    }
    await pause(intervalMs, signal)
  }
}
