// What benches ask of a service over HTTP.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@unroll/contract'

const UNAVAILABLE = 503
const RETRY_MS = 100

/** The answer to a request, sent again while the service cannot serve. */
export async function call<Answer>(url: string, body?: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  for (;;) {
    const response = await fetch(url, init)
    if (response.ok) return (await response.json()) as Answer
    if (response.status !== UNAVAILABLE) throw new Error(`Got ${response.status} from ${url}: ${await response.text()}`)
    await sleep(RETRY_MS)
  }
}

/** The job once `holds` of it. */
export async function untilJob(base: string, id: string, holds: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = await call<Job>(`${base}/v1/jobs/${id}`)
    if (holds(job)) return job
    await sleep(RETRY_MS)
  }
}
