import { isFinal, type Cursor, type JobStatus, type MetricFrame, type MetricRow } from '@unroll/spec'
import type { Context } from './context.ts'
import { noSuchJob } from './errors.ts'
import {
  decodeFlow,
  decodeScalars,
  encodeFlow,
  encodeScalars,
  endOfFrame,
  type FlowRow,
  type Placed,
} from './frames.ts'

/** What Redis keeps of a run's scalars and of its flow; the oldest frames go first. */
export const KEPT_BYTES: number = 16 * 2 ** 20
const ROW_LIMIT = 1_000
const START: Cursor = { epoch: 0, seq: 0 }
const LAST_STEP = Number.MAX_SAFE_INTEGER
const READ_BYTES = 4 * 2 ** 20 // frames of one read: bounds what the server copies in one go

/** Where a run's metrics are. */
export interface MetricsHead extends Cursor {
  /** True when the job has ended: no row will follow. */
  done: boolean
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
  /** `after` of the next read. */
  cursor: Cursor
  /** True when the job has ended and no row that matches is left. */
  done: boolean
  /** Set when a newer attempt went on from this step: rows beyond it that the reader has are void, and come again. */
  resumedFromStep?: number
  /** The oldest step still held; null when none is. */
  firstStep: number | null
}

/** The newest metrics of each run: scalars and flow apart, each bounded in bytes. */
export interface Metrics {
  /**
   * Appends rows. A frame that is already held is a 'duplicate': go on. After a 'gap' the frame to send is the one behind
   * `head`.
   *
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  append(id: string, epoch: number, frame: MetricFrame): Promise<'stored' | 'duplicate' | 'gap' | 'fenced'>
  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  head(id: string): Promise<MetricsHead>
  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  read(id: string, options?: ReadOptions): Promise<MetricsPage<MetricRow>>
  /** Rows of the steps at which the flow was observed. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  readFlow(id: string, options?: ReadOptions): Promise<MetricsPage<FlowRow>>
}

export function metrics(context: Context): Metrics {
  const { keys } = context
  return {
    append: (id, epoch, frame) => append(context, id, epoch, frame),
    head: (id) => head(context, id),
    read: async (id, options = {}) =>
      metricsPage(await readFrames(context, id, keys.scalars(id), options), decodeScalars, options),
    readFlow: async (id, options = {}) =>
      metricsPage(await readFrames(context, id, keys.flow(id), options), decodeFlow, options),
  }
}

async function append(
  { db, keys, clock }: Context,
  id: string,
  epoch: number,
  frame: MetricFrame,
): Promise<'stored' | 'duplicate' | 'gap' | 'fenced'> {
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
    KEPT_BYTES,
    KEPT_BYTES,
  ])
}

async function head({ db, keys }: Context, id: string): Promise<MetricsHead> {
  const [epoch, seq, status] = await db.command((redis) => redis.hmget(keys.record(id), 'epoch', 'seq', 'status'))
  if (status === null || status === undefined) throw noSuchJob(id)
  return { epoch: Number(epoch), seq: Number(seq), done: isFinal(status as JobStatus) }
}

interface Frames {
  head: Cursor
  ended: boolean
  /** Where each attempt went on from. */
  attempts: { epoch: number; from_step: number }[]
  firstStep: number | null
  /** True when there are frames behind these. */
  left: boolean
  frames: Buffer[]
}

type FramesReply = [
  epoch: Buffer,
  seq: Buffer,
  status: Buffer,
  attempts: Buffer[],
  oldest: number,
  left: number,
  frames: Buffer[],
]

async function readFrames(
  { db, keys }: Context,
  id: string,
  key: string,
  { after = START, fromStep = 0, toStep = LAST_STEP, limit = ROW_LIMIT }: ReadOptions,
): Promise<Frames> {
  const reply = await db.binaryScript<FramesReply | null>(
    'read_frames',
    [keys.record(id), keys.attempts(id), key],
    [after.epoch, after.seq, fromStep, toStep, limit, READ_BYTES],
  )
  if (reply === null) throw noSuchJob(id)
  const [epoch, seq, status, attempts, oldest, left, frames] = reply
  return {
    head: { epoch: Number(epoch), seq: Number(seq) },
    ended: isFinal(status.toString() as JobStatus),
    attempts: attempts.map((json) => JSON.parse(json.toString()) as Frames['attempts'][number]),
    firstStep: oldest < 0 ? null : oldest,
    left: left === 1,
    frames,
  }
}

function metricsPage<Row extends { step: number }>(
  { head: newest, ended, attempts, firstStep, left, frames }: Frames,
  decode: (frame: Buffer) => Placed<Row>[],
  { after = START, fromStep = 0, toStep = LAST_STEP, limit = ROW_LIMIT }: ReadOptions,
): MetricsPage<Row> {
  // A newer attempt wins from the step it went on from: older rows beyond it are void.
  const validTo = (epoch: number) =>
    Math.min(LAST_STEP, ...attempts.filter((attempt) => attempt.epoch > epoch).map((attempt) => attempt.from_step))
  const found = frames
    .flatMap(decode)
    .filter(
      (placed) => isBehind(placed, after) && placed.row.step >= fromStep && placed.row.step <= validTo(placed.at.epoch),
    )
  const matching = found.filter(({ row }) => row.step <= toStep)
  const placed = matching.slice(0, limit)

  const isCut = placed.length < matching.length
  const lastFrame = frames.at(-1)
  let cursor = newest
  if (isCut || matching.length < found.length) cursor = placed.at(-1)?.at ?? after
  else if (left || toStep !== LAST_STEP) cursor = lastFrame === undefined ? after : endOfFrame(lastFrame)
  const resumedFromStep = validTo(after.epoch)
  return {
    rows: placed.map(({ row }) => row),
    cursor,
    done: ended && !isCut && !left,
    ...(after.epoch > 0 && resumedFromStep !== LAST_STEP && { resumedFromStep }),
    firstStep,
  }
}

function isBehind({ at }: Placed<unknown>, after: Cursor): boolean {
  return at.epoch > after.epoch || (at.epoch === after.epoch && at.seq > after.seq)
}
