// Trains the jobs of a row through the service, and measures them.

import { createHash } from 'node:crypto'
import type { Checkpoint, Job, Page } from '@unroll/contract'
import { call, untilJob, upload } from '../api.ts'
import type { Service } from '../service.ts'
import type { Row } from './row.ts'

/** What was measured of a row; numbers that JSON does not have are strings. */
export interface RowResult {
  /** Of what was measured: a row that has changed since has no result. */
  readonly digest: string
  /** Day, UTC. */
  readonly date: string
  /** From the start of its first job to the end of its last. */
  readonly seconds: number
  /** Of each figure of the row: its values by seed. */
  readonly values: readonly (readonly (number | string)[])[]
}

/** Submits a job for each seed, and uploads the data set of the row before. @returns their ids */
export async function submitRow({ base }: Pick<Service, 'base'>, row: Row): Promise<string[]> {
  const seeds = Array.from({ length: row.seeds }, (_, n) => n + 1)
  const dataset = row.file && (await upload(base, row.name, 'text/csv', await row.file()))
  const ids: string[] = []
  for (const seed of seeds) ids.push((await call<Job>(`${base}/v1/jobs`, specify(row, seed, dataset))).id)
  return ids
}

/** Waits for the jobs of a row, and measures them. A job that fails has NaN for its figures. */
export async function measureRow(
  { base }: Pick<Service, 'base'>,
  row: Row,
  ids: readonly string[],
): Promise<{ result: RowResult; picture: string }> {
  const jobs: Job[] = []
  for (const id of ids) jobs.push(await untilJob(base, id, (job) => job.finished_at !== null))
  const values = await Promise.all(
    row.figures.map(({ measure }) =>
      Promise.all(jobs.map(async (job) => (job.status === 'succeeded' ? await measure({ base, job }) : Number.NaN))),
    ),
  )
  const started = jobs.map(({ started_at, created_at }) => Date.parse(started_at ?? created_at))
  const finished = jobs.map(({ finished_at }) => Date.parse(finished_at!))
  const seconds = Math.round((Math.max(...finished) - Math.min(...started)) / 1000)
  const written = values.map((each) => each.map((value) => (Number.isFinite(value) ? value : String(value))))
  const date = new Date().toISOString().slice(0, 10)
  return { result: { digest: digestRow(row), date, seconds, values: written }, picture: await drawFlow(base, jobs[0]!) }
}

/** Stands for the data set of a row until it is uploaded. */
const NOT_UPLOADED = 'ds_00000000000000000000'

/** The job of one seed. A core each: small networks gain nothing from two. */
export function specify({ name, spec, file }: Row, seed: number, dataset: string = NOT_UPLOADED): object {
  return {
    ...spec,
    ...(file && { data: { dataset, ...(spec['data'] as object) } }),
    name: `${name} ${seed}`,
    training: { ...spec.training, seed },
    observe: { metrics_every: 10, flow_every: 50 },
    checkpoint: { every_steps: 0 },
    resources: { accelerator: 'cpu', shards: 1 },
  }
}

/** Of recipe, seeds and figures. */
export function digestRow({ spec, seeds, figures }: Row): string {
  const measured = JSON.stringify([spec, seeds, figures.map(({ name }) => name)])
  return createHash('sha256').update(measured).digest('hex').slice(0, 12)
}

/** The flow of a run, as its card has it. */
async function drawFlow(base: string, { id }: Job): Promise<string> {
  const { data } = await call<Page<Checkpoint>>(`${base}/v1/jobs/${id}/checkpoints`)
  if (data[0] === undefined) return ''
  const response = await fetch(`${base}/v1/jobs/${id}/checkpoints/${data[0].id}/card`, {
    headers: { accept: 'image/svg+xml' },
  })
  return response.ok ? await response.text() : ''
}
