import { setImmediate as nextTurn } from 'node:timers/promises'
import { isFinal, type Cursor, type JobStatus, type MetricFrame } from '@unroll/contract'
import { archive, type ArchiveAnswer, type Archived, type Waiting, waiting } from './archive.ts'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { countRows, endOf, sliceRows, type BlockOf, type FlowBlock, type RowKind, type ScalarBlock } from './block.ts'
import { encodeFlow, encodeScalars, endOfFrame } from './frames.ts'
import { LAST_STEP, START, readFrame, readTimeline, type Timeline, type TimelineOptions } from './timeline.ts'

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

export interface MetricsPage<Block> {
  /** In the order of steps: one merged line over all attempts. None is empty. */
  blocks: Block[]
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
  read(id: string, options?: ReadOptions): Promise<MetricsPage<ScalarBlock>>
  /** Rows of the steps at which the flow was observed. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  readFlow(id: string, options?: ReadOptions): Promise<MetricsPage<FlowBlock>>
  /** The line as it is held: frames, and references to segments. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  line(id: string, kind: RowKind, options?: Partial<TimelineOptions>): Promise<Timeline>
  /** The oldest rows that wait, of one epoch, about `bytes` of them. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  waiting<Kind extends RowKind>(id: string, kind: Kind, bytes: number): Promise<Waiting<BlockOf[Kind]> | undefined>
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
  const { db, keys, clock } = context
  return {
    async append(id, epoch, frame, { waitingBytes = WAITING_BYTES } = {}) {
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
    },
    async head(id) {
      const fields = ['epoch', 'seq', 'status', 'events'] as const
      const [epoch, seq, status, events] = await db.command((redis) => redis.hmget(keys.record(id), ...fields))
      if (status === null || status === undefined) throw noSuchJob(id)
      return { epoch: Number(epoch), seq: Number(seq), done: isFinal(status as JobStatus), events: Number(events) }
    },
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

async function read<Kind extends RowKind>(
  context: Context,
  id: string,
  kind: Kind,
  { after = START, fromStep = 0, toStep = LAST_STEP, limit = ROW_LIMIT }: ReadOptions,
): Promise<MetricsPage<BlockOf[Kind]>> {
  const first = await readPart(context, id, kind, { after, fromStep, toStep, limit })
  const blocks = [...first.page.blocks]
  let last = first
  while (last.isMore && countRows(blocks) < limit) {
    const range = { after: last.end, fromStep, toStep, limit: limit - countRows(blocks) }
    last = await readPart(context, id, kind, range)
    blocks.push(...last.page.blocks)
  }
  const { resumedFromStep } = first.page
  const { done, firstStep } = last.page
  const newest = blocks.at(-1)
  // By rows alone: how they lie in frames and segments must not show.
  const cursor = last.isLast ? last.page.cursor : newest === undefined ? after : endOf(newest)
  return { blocks, cursor, done, ...(resumedFromStep !== undefined && { resumedFromStep }), firstStep }
}

/** What one look at the line gives of a page. */
interface Part<Block> {
  page: MetricsPage<Block>
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
): Promise<Part<BlockOf[Kind]>> {
  const line = await readTimeline(context, id, kind, { after, fromStep, toStep, rows: limit, bytes: READ_BYTES })
  const found: BlockOf[Kind][] = []
  let stretch = ROWS_AT_A_STRETCH
  for (const frame of line.frames) {
    const block = await readFrame(context, kind, { frame, wanted: { after, fromStep, toStep }, line })
    if (block.steps.length > 0) found.push(block)
    if (countRows(found) < stretch) continue
    stretch = countRows(found) + ROWS_AT_A_STRETCH
    await nextTurn()
  }
  const isWhole = countRows(found) <= limit
  const resumedFromStep = line.validTo(after.epoch)
  const page = {
    blocks: isWhole ? found : sliceRows(found, 0, limit),
    cursor: line.head,
    done: line.ended && isWhole && !line.left,
    ...(after.epoch > 0 && resumedFromStep !== LAST_STEP && { resumedFromStep }),
    firstStep: line.firstStep,
  }
  const lastFrame = line.frames.at(-1)
  return {
    page,
    isMore: line.left && isWhole,
    end: lastFrame === undefined ? after : endOfFrame(lastFrame),
    isLast: !line.left && isWhole && toStep === LAST_STEP,
  }
}
