import supertest from 'supertest'
import type { Job, Metrics } from '@unroll/contract'
import { eventually } from './service.ts'

/** Updates of a job that lasts until the test ends it. */
export const ENDLESS = 1_000_000

/** A job that trains a small network for `steps` updates: few, or `ENDLESS`. */
export function smallJob(steps: number, more: object = {}): object {
  return {
    model: { cell: 'lstm', hidden_size: 16, layers: 2 },
    data: { task: 'adding' },
    sequence_length: 20,
    training: { batch_size: 8, max_steps: steps, seed: 3 },
    observe: { flow_every: 5 },
    ...more,
  }
}

export async function submit(url: string, body: object): Promise<Job> {
  const { body: job } = await supertest(url).post('/v1/jobs').send(body).expect(201)
  return job as Job
}

export async function getJob(url: string, id: string): Promise<Job> {
  const { body } = await supertest(url).get(`/v1/jobs/${id}`).expect(200)
  return body as Job
}

/** The job once `holds` of it. One that is to end is waited for as long as it trains, however slowly. */
export function untilJob(url: string, id: string, what: string, holds: (job: Job) => boolean): Promise<Job> {
  let moved = ''
  const probe = async () => {
    const job = await getJob(url, id)
    if (job.spec.training.max_steps < ENDLESS) moved = `${job.status} ${job.progress.step}`
    return holds(job) ? job : undefined
  }
  return eventually(`job ${id} ${what}`, probe, { moved: () => moved })
}

/** What a service that is to be there answers. */
async function ask<T>(url: string, path: string): Promise<T> {
  return (await supertest(url).get(path).expect(200)).body as T
}

/**
 * Polls metrics by cursor until the run is done, dropping rows that a resumed run replaced, as a client does.
 *
 * @param read gets a path of the service
 */
export async function pollToTheEnd(
  url: string,
  id: string,
  read: typeof ask = ask,
): Promise<{ steps: number[]; series: Record<string, unknown[]>; polls: number }> {
  const steps: number[] = []
  const series: Record<string, unknown[]> = {}
  let after = '0.0'
  let polls = 0
  const done = async () => {
    const page = await read<Metrics>(url, `/v1/jobs/${id}/metrics?after=${after}`)
    polls++
    const { resumed_from_step: resumed } = page
    if (resumed !== undefined) truncate(steps, series, resumed)
    for (const name of Object.keys(page.series)) series[name] ??= steps.map(() => null)
    steps.push(...page.steps)
    for (const [name, values] of Object.entries(series))
      values.push(...(page.series[name] ?? page.steps.map(() => null)))
    after = page.cursor
    return page.done ? true : undefined
  }
  await eventually(`the metrics of job ${id} are done`, done, { moved: () => after })
  return { steps, series, polls }
}

function truncate(steps: number[], series: Record<string, unknown[]>, step: number): void {
  const kept = steps.filter((s) => s <= step).length
  steps.length = kept
  for (const values of Object.values(series)) values.length = kept
}
