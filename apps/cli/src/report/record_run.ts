// Loaded once a report is asked for.

import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { listLayerNames, usesDataset, type FlowPage, type FlowTile, type Job, type UnrollClient } from '@unroll/client'
import { named } from '../named_numbers.ts'

/** Rows or buckets of each curve: a zoomed chart has some for each of its pixels. */
const POINTS = 4_000
/** The most that the service gives at once. */
const FLOW = { max_steps: 512, max_timesteps: 256 }
const PAGE = { limit: 100 }
/** Where the page lies, from the program as modules and as a bundle. */
const PLACES = ['../page/report.html', '../../page/report.html']
const RECORD = '<script id="record" type="text/plain"></script>'

/** All that the page of a run shows of it, as the service answers it now. */
export async function recordRun(client: UnrollClient, id: string, signal: AbortSignal): Promise<object> {
  const { jobs } = client
  const job = await jobs.get(id, { signal })
  const [metrics, flow, matrix, probe, diagnosis, evaluations, events, checkpoints, dataset] = await Promise.all([
    jobs.metricsOverview(id, { max_points: POINTS }, { signal }),
    readFlow(client, job, signal),
    jobs.matrix(id, {}, { signal }),
    jobs.probe(id, {}, { signal }),
    jobs.diagnosis(id, { signal }),
    jobs.evaluations(id, { signal }),
    collect(jobs.eachEvent(id, PAGE, { signal })),
    collect(jobs.eachCheckpoint(id, PAGE, { signal })),
    usesDataset(job.spec.data) ? client.datasets.get(job.spec.data.dataset, { signal }).catch(() => null) : null,
  ])
  const recorded_at = new Date().toISOString()
  return { recorded_at, job, metrics, flow, matrix, probe, diagnosis, evaluations, events, checkpoints, dataset }
}

/** The page with a record in it, compressed. */
export async function writePage(record: object): Promise<Buffer> {
  const page = await readFile(await findPage(), 'utf8')
  if (!page.includes(RECORD)) throw new Error('Cannot write the report as its page has no place for a record')
  const packed = (await promisify(gzip)(JSON.stringify(record, named), { level: 9 })).toString('base64')
  return Buffer.from(page.replace(RECORD, () => RECORD.replace('></script>', `>${packed}</script>`)))
}

async function readFlow(
  client: UnrollClient,
  { id, spec }: Job,
  signal: AbortSignal,
): Promise<(FlowPage | FlowTile)[]> {
  if (spec.observe.flow_every === 0) return []
  const layers = listLayerNames(spec.model).keys()
  return await Promise.all(Array.from(layers, (layer) => client.jobs.flowTile(id, { ...FLOW, layer }, { signal })))
}

async function findPage(): Promise<string> {
  for (const place of PLACES) {
    const path = join(import.meta.dirname, place)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  throw new Error('Cannot write a report as its page is missing: npm run build --workspace apps/cli writes it')
}

async function collect<Of>(all: AsyncIterable<Of>): Promise<Of[]> {
  const found: Of[] = []
  for await (const each of all) found.push(each)
  return found
}
