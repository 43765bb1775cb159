import { setImmediate as nextTurn } from 'node:timers/promises'
import { isFinal, type Cursor, type JobStatus, type MetricFrame, type MetricRow } from '@unroll/contract'
import { archive, type ArchiveAnswer, type Archived, type Waiting, waiting } from './archive.ts'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { encodeFlow, encodeScalars, endOfFrame, type FlowRow, type Placed } from './frames.ts'
import { LAST_STEP, START, readTimeline, rowsOfFrame, type Timeline, type TimelineOptions } from './timeline.ts'
import type { RowKind, RowOf } from './segment_reader.ts'

/** Bytes of frames that may wait in Redis to be archived: beyond them, a run has to archive before it can append. */
export const WAITING_BYTES: Readonly<Record<RowKind, number>> = { scalars: 640 * 2 ** 10, flow: 512 * 2 ** 10 }
const ROW_LIMIT = 1_000
/** Rows decoded at a stretch, about 2 ms: whoever else is served by this thread need not wait for a long page. */
const ROWS_AT_A_STRETCH = 500
const READ_BYTES = 4 * 2 ** 20 // frames of one read: bounds what the server copies in one go

/** Where a run's metrics are. */
export interface MetricsHead extends Cursor {
  /** True when the job has ended: no row will follow. */
  done: boolean
  /** `seq` of the newest event of its log: whenever the job changes its state, this changes as well. */
  events: number
}

export interface ReadOptions {
  /** Only rows behind this place. @default the start */
  after?: Cursor
  /** @default 0 */
  fromStep?: number
  /** Included. @default the newest */
  toStep?: number
  /** Rows at most. @default 1000 */
  limit?: number
}

export interface MetricsPage<Row> {
  /** In the order of steps: one merged line over all attempts. */
  rows: Row[]
  /** Where each row is: `after` of a read that goes on behind it. */
  places: Cursor[]
  /** `after` of the next read. */
  cursor: Cursor
  /** True when the job has ended and no row that matches is left. */
  done: boolean
  /** Set when a newer attempt went on from this step: rows beyond it that the reader has are void, and come again. */
  resumedFromStep?: number
  /** The first step that has a row; null when none has. */
  firstStep: number | null
}

/**
 * The metrics of each run: one line of scalars and one of flow. The newest rows wait in Redis, bounded in bytes; the
 * others are in segments that Redis refers to.
 */
export interface Metrics {
  /**
   * Appends rows. A frame that is already held is a 'duplicate': go on. After a 'gap' the frame to send is the one behind
   * `head`. 'full': archive what waits, then send it again.
   *
   * @param options.waitingBytes of scalars and of flow. @default WAITING_BYTES
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  append(id: string, epoch: number, frame: MetricFrame, options?: AppendOptions): Promise<AppendAnswer>
  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  head(id: string): Promise<MetricsHead>
  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  read(id: string, options?: ReadOptions): Promise<MetricsPage<MetricRow>>
  /** Rows of the steps at which the flow was observed. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  readFlow(id: string, options?: ReadOptions): Promise<MetricsPage<FlowRow>>
  /** The line as it is held: frames, and references to segments. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  line(id: string, kind: RowKind, options?: Partial<TimelineOptions>): Promise<Timeline>
  /** The oldest rows that wait, of one epoch, about `bytes` of them. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  waiting<Kind extends RowKind>(id: string, kind: Kind, bytes: number): Promise<Waiting<RowOf[Kind]> | undefined>
  /**
   * Lets a segment that is safely stored take the place of the rows it has. 'gap': the server has forgotten some of them,
   * and they must be appended again before. After the job has ended nobody holds it: then anyone may, as 'ended', and what
   * has not ended, or is gone, is 'fenced'.
   *
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  archive(id: string, epoch: number | 'ended', archived: Archived): Promise<ArchiveAnswer>
}

export interface AppendOptions {
  waitingBytes?: Readonly<Record<RowKind, number>>
}

export type AppendAnswer = 'stored' | 'duplicate' | 'gap' | 'fenced' | 'full'

export function metrics(context: Context): Metrics {
  return {
    append: (id, epoch, frame, options = {}) => append(context, id, { epoch, frame, ...options }),
    head: (id) => head(context, id),
    read: (id, options = {}) => read(context, id, 'scalars', options),
    readFlow: (id, options = {}) => read(context, id, 'flow', options),
    line: (id, kind, options = {}) => readTimeline(context, id, kind, { ...WHOLE, ...options }),
    waiting: (id, kind, bytes) => waiting(context, id, kind, bytes),
    archive: (id, epoch, archived) => archive(context, id, epoch, archived),
  }
}

const WHOLE: TimelineOptions = {
  after: START,
  fromStep: 0,
  toStep: LAST_STEP,
  rows: Number.MAX_SAFE_INTEGER,
  bytes: Number.MAX_SAFE_INTEGER,
}

async function append(
  { db, keys, clock }: Context,
  id: string,
  { epoch, frame, waitingBytes = WAITING_BYTES }: AppendOptions & { epoch: number; frame: MetricFrame },
): Promise<AppendAnswer> {
  const { firstSeq, rows } = frame
  if (rows.length === 0) throw new RangeError(`Cannot append a frame to job "${id}": it holds no row`)
  return await db.script('append_frame', keys.job(id), [
    id,
    clock(),
    epoch,
    firstSeq,
    firstSeq + rows.length - 1,
    encodeScalars(epoch, frame),
    encodeFlow(epoch, frame) ?? '',
    waitingBytes.scalars,
    waitingBytes.flow,
  ])
}

async function head({ db, keys }: Context, id: string): Promise<MetricsHead> {
  const fields = ['epoch', 'seq', 'status', 'events'] as const
  const [epoch, seq, status, events] = await db.command((redis) => redis.hmget(keys.record(id), ...fields))
  if (status === null || status === undefined) throw noSuchJob(id)
  return { epoch: Number(epoch), seq: Number(seq), done: isFinal(status as JobStatus), events: Number(events) }
}

async function read<Kind extends RowKind>(
  context: Context,
  id: string,
  kind: Kind,
  { after = START, fromStep = 0, toStep = LAST_STEP, limit = ROW_LIMIT }: ReadOptions,
): Promise<MetricsPage<RowOf[Kind]>> {
  const first = await readPart(context, id, kind, { after, fromStep, toStep, limit })
  const rows = [...first.page.rows]
  const places = [...first.page.places]
  let last = first
  while (last.isMore && rows.length < limit) {
    const range = { after: last.end, fromStep, toStep, limit: limit - rows.length }
    last = await readPart(context, id, kind, range)
    rows.push(...last.page.rows)
    places.push(...last.page.places)
  }
  const { resumedFromStep } = first.page
  const { done, firstStep } = last.page
  // By rows alone: how they lie in frames and segments must not show.
  const cursor = last.isLast ? last.page.cursor : (places.at(-1) ?? after)
  return { rows, places, cursor, done, ...(resumedFromStep !== undefined && { resumedFromStep }), firstStep }
}

/** What one look at the line gives of a page. */
interface Part<Row> {
  page: MetricsPage<Row>
  /** Whether rows of the range may be behind the frames that were looked at: of those, few may be in it. */
  isMore: boolean
  /** The end of those frames. */
  end: Cursor
  /** Whether it reaches the newest row. */
  isLast: boolean
}

async function readPart<Kind extends RowKind>(
  context: Context,
  id: string,
  kind: Kind,
  { after, fromStep, toStep, limit }: Required<ReadOptions>,
): Promise<Part<RowOf[Kind]>> {
  const line = await readTimeline(context, id, kind, { after, fromStep, toStep, rows: limit, bytes: READ_BYTES })
  const wanted = { after, fromStep, count: limit + 1 } // one more tells whether the page is cut
  const found: Placed<RowOf[Kind]>[] = []
  let stretch = ROWS_AT_A_STRETCH
  for (const frame of line.frames) {
    found.push(...(await rowsOfFrame(context, kind, { frame, wanted, line })))
    if (found.length < stretch) continue
    stretch = found.length + ROWS_AT_A_STRETCH
    await nextTurn()
  }
  const page = pageOf(line, found, { after, toStep, limit })
  const isWhole = page.rows.length === found.length
  const lastFrame = line.frames.at(-1)
  return {
    page,
    isMore: line.left && isWhole,
    end: lastFrame === undefined ? after : endOfFrame(lastFrame),
    isLast: !line.left && isWhole && toStep === LAST_STEP,
  }
}

function pageOf<Row extends { step: number }>(
  { head: cursor, ended, firstStep, left, validTo }: Timeline,
  found: readonly Placed<Row>[],
  { after, toStep, limit }: Required<Pick<ReadOptions, 'after' | 'toStep' | 'limit'>>,
): MetricsPage<Row> {
  const matching = found.filter(({ row }) => row.step <= toStep)
  const placed = matching.slice(0, limit)

  const isCut = placed.length < matching.length
  const resumedFromStep = validTo(after.epoch)
  return {
    rows: placed.map(({ row }) => row),
    places: placed.map(({ at }) => at),
    cursor,
    done: ended && !isCut && !left,
    ...(after.epoch > 0 && resumedFromStep !== LAST_STEP && { resumedFromStep }),
    firstStep,
  }
}
