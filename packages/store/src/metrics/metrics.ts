import { setImmediate as nextTurn } from 'node:timers/promises'
import { isFinal, type Cursor, type JobStatus, type MetricFrame } from '@unroll/contract'
import { archive, waiting, type Archived } from './archive.ts'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { countRows, blockEnd, sliceRows, type BlockOf, type RowKind } from './block.ts'
import { encodeFlow, encodeScalars, endOfFrame } from './frames.ts'
import { LAST_STEP, START, readFrame, readTimeline, type TimelineOptions } from './timeline.ts'

/** Bytes of frames in Redis beyond which a run must archive before it can append. */
export const WAITING_BYTES: Readonly<Record<RowKind, number>> = { scalars: 640 * 2 ** 10, flow: 512 * 2 ** 10 }
const ROW_LIMIT = 1_000
/** Rows decoded without a pause, about 2 ms, so that a long page does not delay other requests of this thread. */
const ROWS_AT_A_STRETCH = 500
const READ_BYTES = 4 * 2 ** 20 // frames of one read: bounds the copy of the server

/** The state of a run's metrics. */
export interface MetricsHead extends Cursor {
  /** Whether the job has ended: no row will follow. */
  done: boolean
  /** `seq` of the newest event of its log, which changes with every state of the job. */
  events: number
}

export interface ReadOptions {
  /** Only rows after this cursor. @default the start */
  after?: Cursor
  /** @default 0 */
  fromStep?: number
  /** Included. @default the newest */
  toStep?: number
  /** Maximal number of rows. @default 1000 */
  limit?: number
}

export interface MetricsPage<Block> {
  /** In the order of steps, merged over all attempts. No block is empty. */
  blocks: Block[]
  /** The cursor for `after` of the next read. */
  cursor: Cursor
  /** Whether the job has ended and no matching row is left. */
  done: boolean
  /** Set if a newer attempt resumed from this step: the reader's rows beyond it are void, and follow again. */
  resumedFromStep?: number
  /** The first step with a row; null without any. */
  firstStep: number | null
}

export interface AppendOptions {
  waitingBytes?: Readonly<Record<RowKind, number>>
}

export type AppendAnswer = 'stored' | 'duplicate' | 'gap' | 'fenced' | 'full'

export type Metrics = ReturnType<typeof metrics>

/**
 * The metrics of each run: one timeline of scalars and one of flow. The newest rows are in Redis, bounded in bytes; the
 * others are in segments that Redis references.
 */
export function metrics(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Appends rows. A stored frame is a 'duplicate', after which the caller continues. After a 'gap' the next frame is
     * the one after `head`. 'full': archive the oldest rows, then send the frame again.
     *
     * @param options.waitingBytes of scalars and of flow.
     * @default WAITING_BYTES
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async append(
      id: string,
      epoch: number,
      frame: MetricFrame,
      { waitingBytes = WAITING_BYTES }: AppendOptions = {},
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
    },
    /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async head(id: string): Promise<MetricsHead> {
      const fields = ['epoch', 'seq', 'status', 'events'] as const
      const [epoch, seq, status, events] = await db.command((redis) => redis.hmget(keys.record(id), ...fields))
      if (status === null || status === undefined) throw noSuchJob(id)
      return { epoch: Number(epoch), seq: Number(seq), done: isFinal(status as JobStatus), events: Number(events) }
    },
    /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    read: (id: string, options: ReadOptions = {}) => read(context, id, 'scalars', options),
    /** Rows of the steps with an observed flow. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    readFlow: (id: string, options: ReadOptions = {}) => read(context, id, 'flow', options),
    /** The stored timeline: frames, and references to segments. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    line: (id: string, kind: RowKind, options: Partial<TimelineOptions> = {}) =>
      readTimeline(context, id, kind, { ...WHOLE, ...options }),
    /**
     * The oldest rows in Redis, of one epoch, about `bytes` of them.
     *
     * @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    waiting: <Kind extends RowKind>(id: string, kind: Kind, bytes: number) => waiting(context, id, kind, bytes),
    /**
     * Replaces rows by the segment that contains them. 'gap': the server has lost some of them, and they must be appended
     * again before. After the end of the job no attempt holds it: then any process may do it with 'ended', and a job that
     * has not ended, or is deleted, is 'fenced'.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    archive: (id: string, epoch: number | 'ended', archived: Archived) => archive(context, id, epoch, archived),
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
  let left = limit - countRows(blocks)
  while (last.isMore && left > 0) {
    last = await readPart(context, id, kind, { after: last.end, fromStep, toStep, limit: left })
    blocks.push(...last.page.blocks)
    left -= countRows(last.page.blocks)
  }
  const { resumedFromStep } = first.page
  const { done, firstStep } = last.page
  const newest = blocks.at(-1)
  // By rows only: their division into frames and segments must not show.
  const cursor = last.isLast ? last.page.cursor : newest === undefined ? after : blockEnd(newest)
  return { blocks, cursor, done, ...(resumedFromStep !== undefined && { resumedFromStep }), firstStep }
}

/** The part of a page from one read of the timeline. */
interface Part<Block> {
  page: MetricsPage<Block>
  /** Whether rows of the range may follow the read frames, of which few may be in the range. */
  isMore: boolean
  /** The end of those frames. */
  end: Cursor
  /** Whether it includes the newest row. */
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
  let rows = 0
  let stretch = ROWS_AT_A_STRETCH
  for (const frame of line.frames) {
    const block = await readFrame(context, kind, { frame, wanted: { after, fromStep, toStep }, line })
    if (block.steps.length > 0) found.push(block)
    rows += block.steps.length
    if (rows < stretch) continue
    stretch = rows + ROWS_AT_A_STRETCH
    await nextTurn()
  }
  const isWhole = rows <= limit
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
