import { listLayerNames, type Cursor, type Job, type JobEvent, type StreamType } from '@unroll/contract'
import {
  countRows,
  blockEnd,
  sliceRows,
  type FlowBlock,
  type MetricsHead,
  type MetricsPage,
  type ScalarBlock,
  type Store,
} from '@unroll/store'
import { flowColumns, metricColumns, type FlowWanted } from '../metrics/columns.ts'
import { reportProgress } from '../metrics/range.ts'
import { namesIn } from '../metrics/selection.ts'
import { messageText, parts } from './message.ts'
import { formatPosition, hasAll, type Position } from './position.ts'
import { turn } from './turns.ts'

/** Maximal number of log entries, and of rows, in a chunk. */
const EVENTS = 100
const ROWS = 500
/** Maximal number of flow values in a chunk: rows of long sequences come in smaller chunks. */
const FLOW_VALUES = 2 ** 15
/** The selection of a stream. */
export interface Subject {
  job: Job
  types: readonly StreamType[]
  series: readonly string[] | undefined
  flow: FlowWanted
}

/** Consecutive messages, and the position of the reader after them. */
export interface Chunk {
  bytes: Buffer
  next: Position
  /** Whether the chunk is full: it then stays the same for the whole attempt. */
  isFull: boolean
}

/** The next messages after a position, for a run at `head`: at most one page of each type, then the end. */
export async function chunkAt(store: Store, subject: Subject, from: Position, head: MetricsHead): Promise<Chunk> {
  const chunk = new Draft(from)
  await addLog(store, subject, head, chunk)
  const full = await addRows(store, subject, head, chunk)
  await addFlow(store, subject, { head, chunk, full })
  if (head.done && hasAll(chunk.at, head)) {
    const job = await store.jobs.get(subject.job.id)
    chunk.add('end', job, { ended: true })
  }
  return { bytes: Buffer.from(chunk.text), next: chunk.at, isFull: full !== undefined }
}

class Draft {
  text = ''
  at: Position

  constructor(at: Position) {
    this.at = at
  }

  /** Adds a message; `step` is the part of the position that changes with it. */
  add(type: string, data: unknown, step: Partial<Position> = {}): void {
    this.addJson(type, JSON.stringify(data), step)
  }

  addJson(type: string, json: string, step: Partial<Position>): void {
    this.skip(step)
    this.text += messageText(formatPosition(this.at), type, json)
  }

  skip(step: Partial<Position>): void {
    this.at = { ...this.at, ...step }
  }
}

/**
 * A state comes before its log entries: a reader that is cut off between the two gets the state again instead of never.
 */
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

/** Rows of a full chunk: the flow does not go beyond them, so that the chunk stays the same. */
interface FullPage {
  toStep: number
  /** Whether the run has ended and these are its last rows. */
  done: boolean
}

async function addRows(
  store: Store,
  { job, types, series }: Subject,
  head: MetricsHead,
  chunk: Draft,
): Promise<FullPage | undefined> {
  if (!types.includes('metrics')) {
    chunk.skip({ rows: head })
    return undefined
  }
  const page = await store.metrics.read(job.id, { after: chunk.at.rows, limit: ROWS })
  const names = namesIn(page.blocks, series)
  await addPage(chunk, 'metrics', page, {
    cells: 1 + names.length,
    columns: (blocks) => metricColumns(blocks, names),
    step: (cursor) => ({ rows: cursor }),
  })
  if (countRows(page.blocks) < ROWS) return undefined
  return { toStep: page.blocks.at(-1)?.steps.at(-1) ?? 0, done: page.done }
}

async function addFlow(
  store: Store,
  { job, types, flow }: Subject,
  { head, chunk, full }: { head: MetricsHead; chunk: Draft; full: FullPage | undefined },
): Promise<void> {
  if (!types.includes('flow')) return chunk.skip(full === undefined ? { flow: head } : { flow: chunk.at.rows })
  const limit = Math.ceil(FLOW_VALUES / flow.window)
  const range = { after: chunk.at.flow, limit, ...(full && { toStep: full.toStep }) }
  const page = await store.metrics.readFlow(job.id, range)
  const of = { layer: flow.layer, layers: listLayerNames(job.spec.model).length }
  await addPage(
    chunk,
    'flow',
    { ...page, done: page.done && full?.done !== false },
    {
      cells: 1 + flow.window,
      columns: (blocks) => ({ ...of, ...flowColumns(blocks, flow) }),
      step: (cursor) => ({ flow: cursor }),
    },
  )
}

interface Written<Block> {
  /** Of a row. */
  cells: number
  columns: (blocks: readonly Block[]) => object
  step: (cursor: Cursor) => Partial<Position>
}

/**
 * Adds the response that a poll would get, unless it is empty: in as many messages as its length requires, each as if
 * the poll had asked for its rows, so that a reader can continue after any of them.
 */
async function addPage<Block extends ScalarBlock | FlowBlock>(
  chunk: Draft,
  type: 'metrics' | 'flow',
  page: MetricsPage<Block>,
  { cells, columns, step }: Written<Block>,
): Promise<void> {
  const { blocks, resumedFromStep, ...rest } = page
  const rows = countRows(blocks)
  if (rows === 0 && resumedFromStep === undefined) return chunk.skip(step(page.cursor))
  const cursorAt = (to: number) => {
    const last = to === rows ? undefined : sliceRows(blocks, to - 1, to)[0]
    return last === undefined ? page.cursor : blockEnd(last)
  }
  const write = (from: number, to: number) => {
    const isLast = to === rows
    const resumed = from === 0 && resumedFromStep !== undefined ? { resumedFromStep } : {}
    const progress = reportProgress({ ...rest, ...resumed, cursor: cursorAt(to), done: isLast && page.done })
    return JSON.stringify({ object: type, ...progress, ...columns(sliceRows(blocks, from, to)) })
  }
  for (const { to, json } of parts(rows, cells, write)) {
    chunk.addJson(type, json, step(cursorAt(to)))
    if (to < rows) await turn()
  }
}
