import type { Job, JobEvent, StreamType } from '@unroll/spec'
import type { MetricsHead, MetricsPage, Store } from '@unroll/store'
import { flowColumns, metricColumns, type FlowWanted } from '../metrics/columns.ts'
import { progressOf } from '../metrics/range.ts'
import { namesIn } from '../metrics/selection.ts'
import { formatPosition, hasAll, type Position } from './position.ts'

/** Entries of the log, and rows, in a chunk. */
const EVENTS = 100
const ROWS = 500
/** Values of flow in a chunk: rows of long sequences come in smaller ones. */
const FLOW_VALUES = 2 ** 15

/** What a stream is of. */
export interface Subject {
  job: Job
  types: readonly StreamType[]
  series: readonly string[] | undefined
  flow: FlowWanted
}

/** Messages in a row, and where they leave their reader. */
export interface Chunk {
  bytes: Buffer
  next: Position
}

/** The next messages behind a position, for a run that is at `head`: of each type one page at most, and the end behind all. */
export async function chunkAt(store: Store, subject: Subject, from: Position, head: MetricsHead): Promise<Chunk> {
  const chunk = new Draft(from)
  await addLog(store, subject, head, chunk)
  await addRows(store, subject, head, chunk)
  await addFlow(store, subject, head, chunk)
  if (head.done && hasAll(chunk.at, head)) {
    const job = await store.jobs.get(subject.job.id)
    chunk.add('end', job, { ended: true })
  }
  return { bytes: Buffer.from(chunk.text), next: chunk.at }
}

class Draft {
  text = ''
  at: Position

  constructor(at: Position) {
    this.at = at
  }

  /** Adds a message; `step` is what of the position changes with it. */
  add(type: string, data: unknown, step: Partial<Position> = {}): void {
    this.skip(step)
    this.text += `id: ${formatPosition(this.at)}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
  }

  skip(step: Partial<Position>): void {
    this.at = { ...this.at, ...step }
  }
}

/** A state comes before the entries that tell of it: cut off between the two, it comes again instead of never. */
async function addLog(store: Store, { job, types }: Subject, { events }: MetricsHead, chunk: Draft): Promise<void> {
  const { event: after } = chunk.at
  if (events <= after) return
  const { data } = await store.events.list(job.id, { after, limit: EVENTS })
  if (types.includes('status') && (after === 0 || data.some(changesJob)))
    chunk.add('status', await store.jobs.get(job.id))
  for (const entry of data) {
    const type = entry.code === 'checkpoint_written' ? 'checkpoint' : 'event'
    if (types.includes(type)) chunk.add(type, entry, { event: entry.seq })
    else chunk.skip({ event: entry.seq })
  }
}

function changesJob({ code }: JobEvent): boolean {
  return code.startsWith('job_')
}

async function addRows(store: Store, { job, types, series }: Subject, head: MetricsHead, chunk: Draft): Promise<void> {
  if (!types.includes('metrics')) return chunk.skip({ rows: head })
  const page = await store.metrics.read(job.id, { after: chunk.at.rows, limit: ROWS })
  addPage(chunk, page, { rows: page.cursor }, () => ({
    object: 'metrics',
    ...metricColumns(page.rows, namesIn(page.rows, series)),
  }))
}

async function addFlow(store: Store, { job, types, flow }: Subject, head: MetricsHead, chunk: Draft): Promise<void> {
  if (!types.includes('flow')) return chunk.skip({ flow: head })
  const limit = Math.ceil(FLOW_VALUES / flow.window)
  const page = await store.metrics.readFlow(job.id, { after: chunk.at.flow, limit })
  addPage(chunk, page, { flow: page.cursor }, () => ({
    object: 'flow',
    layer: flow.layer,
    layers: job.spec.model.layers,
    ...flowColumns(page.rows, flow),
  }))
}

/** Adds what a poll would have answered, unless it has nothing to tell. */
function addPage(
  chunk: Draft,
  page: MetricsPage<unknown>,
  step: Partial<Position>,
  columns: () => { object: 'metrics' | 'flow' },
): void {
  if (page.rows.length === 0 && page.resumedFromStep === undefined) return chunk.skip(step)
  const body = columns()
  chunk.add(body.object, { ...progressOf(page), ...body }, step)
}
