import { isFinal, type Cursor, type JobStatus } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'
import { firstBehind, lowerBound, sliceBlock, type BlockOf, type RowKind } from './block.ts'
import { decodeFlow, decodeScalars, readSegmentName } from './frames.ts'

/** The state of the pyramid (`@unroll/history`): buckets over all rows up to an archived one. */
export interface PyramidReference extends Cursor {
  name: string
  /** The last step in it. */
  step: number
}

/** A part of a run's timeline as Redis stores it. */
export interface Timeline {
  head: Cursor
  /** Whether the job has ended. */
  ended: boolean
  firstStep: number | null
  /** Whether further frames follow. */
  left: boolean
  frames: Buffer[]
  pyramid: PyramidReference | undefined
  /** The last valid step of an epoch's rows: a newer attempt replaces rows beyond the step from which it resumed. */
  validTo: (epoch: number) => number
}

export const START: Cursor = { epoch: 0, seq: 0 }
export const LAST_STEP: number = Number.MAX_SAFE_INTEGER

export interface TimelineOptions {
  after: Cursor
  fromStep: number
  toStep: number
  /** Sufficient number of rows. */
  rows: number
  /** Sufficient bytes of frames, which bounds the copy of the server. */
  bytes: number
}

const PYRAMID_FIELDS: Readonly<Record<RowKind, string>> = { scalars: 'pyramid', flow: 'flow_pyramid' }

type LineReply = [
  epoch: Buffer,
  seq: Buffer,
  status: Buffer,
  attempts: Buffer[],
  oldest: number,
  left: number,
  frames: Buffer[],
  pyramid: Buffer,
]

/** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
export async function readTimeline(
  { db, keys }: Context,
  id: string,
  kind: RowKind,
  { after, fromStep, toStep, rows, bytes }: TimelineOptions,
): Promise<Timeline> {
  const reply = await db.binaryScript<LineReply | null>(
    'read_frames',
    [keys.record(id), keys.attempts(id), keys[kind](id)],
    [after.epoch, after.seq, fromStep, toStep, rows, bytes, PYRAMID_FIELDS[kind]],
  )
  if (reply === null) throw noSuchJob(id)
  const [epoch, seq, status, attemptTexts, oldest, left, frames, pyramid] = reply
  const attempts = attemptTexts.map((json) => JSON.parse(json.toString()) as { epoch: number; from_step: number })
  return {
    head: { epoch: Number(epoch), seq: Number(seq) },
    ended: isFinal(status.toString() as JobStatus),
    firstStep: oldest < 0 ? null : oldest,
    left: left === 1,
    frames,
    pyramid: pyramid.length === 0 ? undefined : (JSON.parse(pyramid.toString()) as PyramidReference),
    validTo: (ofEpoch) =>
      Math.min(LAST_STEP, ...attempts.filter((attempt) => attempt.epoch > ofEpoch).map((attempt) => attempt.from_step)),
  }
}

const DECODE: { readonly [Kind in RowKind]: (frame: Buffer) => BlockOf[Kind] } = {
  scalars: decodeScalars,
  flow: decodeFlow,
}

/** The requested rows of a timeline. */
export interface RowQuery {
  after: Cursor
  fromStep: number
  /** Included. */
  toStep: number
}

/** The requested valid rows of a frame, from Redis or from their segment. */
export async function readFrame<Kind extends RowKind>(
  { segments }: Pick<Context, 'segments'>,
  kind: Kind,
  { frame, wanted, line }: { frame: Buffer; wanted: RowQuery; line: Pick<Timeline, 'validTo'> },
): Promise<BlockOf[Kind]> {
  const block = await readWhole(segments, kind, frame)
  const from = Math.max(firstBehind(block, wanted.after), lowerBound(block.steps, wanted.fromStep))
  const to = lowerBound(block.steps, Math.min(wanted.toStep, line.validTo(block.epoch)) + 1)
  return sliceBlock(block, from, Math.max(from, to))
}

/** Every row of a frame, valid or not. */
async function readWhole<Kind extends RowKind>(
  segments: Context['segments'],
  kind: Kind,
  frame: Buffer,
): Promise<BlockOf[Kind]> {
  const name = readSegmentName(frame)
  if (name === undefined) return DECODE[kind](frame)
  if (segments === undefined)
    throw new TypeError(`Cannot read segment "${name}" as the store was opened without a reader of segments`)
  return await segments.block(kind, name)
}

/** Whether `at` comes after `cursor`. */
export function isBehind(at: Cursor, cursor: Cursor): boolean {
  return at.epoch > cursor.epoch || (at.epoch === cursor.epoch && at.seq > cursor.seq)
}
