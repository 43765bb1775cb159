// What benches ask of a service over HTTP.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset, Job } from '@unroll/contract'

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

/** The id of a data set that is made of a text. @param type its media type */
export async function upload(base: string, name: string, type: string, body: string): Promise<string> {
  const headers = { 'content-type': type }
  const response = await fetch(`${base}/v1/datasets?name=${name}`, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`Cannot upload "${name}": ${await response.text()}`)
  return ((await response.json()) as Dataset).id
}
