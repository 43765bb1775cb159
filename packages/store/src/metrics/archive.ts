import type { Context } from '../redis/context.ts'
import { joinBlocks, type BlockOf, type RowKind } from './block.ts'
import { encodeReference, readHead, readSegmentName, type FrameHead } from './frames.ts'
import { LAST_STEP, START, readFrame, readTimeline, type PyramidReference } from './timeline.ts'

/** Rows in Redis that are not archived yet. */
export interface Waiting<Block> {
  /** The head of the frames of these rows. */
  head: FrameHead
  /** The valid rows: no newer attempt has resumed from a step before them. */
  block: Block
  /** Bytes of their frames. */
  bytes: number
  /** Bytes of later frames. */
  bytesLeft: number
}

/** A segment that replaces rows. */
export interface Archived {
  kind: RowKind
  head: FrameHead
  /** The name of the segment. */
  segment: string
  /** The pyramid up to the last of the rows. */
  pyramid?: PyramidReference
}

export type ArchiveAnswer = 'archived' | 'fenced' | 'gap'

const ALL = Number.MAX_SAFE_INTEGER

/** The oldest rows in Redis, of one epoch, with about `bytes` of frames; undefined if there are none. */
export async function waiting<Kind extends RowKind>(
  context: Context,
  id: string,
  kind: Kind,
  bytes: number,
): Promise<Waiting<BlockOf[Kind]> | undefined> {
  const all = { after: START, fromStep: 0, toStep: LAST_STEP, rows: ALL, bytes: ALL }
  const line = await readTimeline(context, id, kind, all)
  const frames = line.frames.filter((frame) => readSegmentName(frame) === undefined)
  const taken: Buffer[] = []
  let size = 0
  for (const frame of frames) {
    const isOfOneEpoch = taken[0] === undefined || readHead(taken[0]).epoch === readHead(frame).epoch
    if (size >= bytes || !isOfOneEpoch) break
    taken.push(frame)
    size += frame.length
  }
  const [first, last] = [taken[0], taken.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const wanted = { after: START, fromStep: 0, toStep: LAST_STEP }
  const blocks: BlockOf[Kind][] = []
  for (const frame of taken) blocks.push(await readFrame(context, kind, { frame, wanted, line }))
  const block = joinBlocks(blocks)
  const { epoch, firstSeq, firstStep } = readHead(first)
  const { lastSeq, lastStep } = readHead(last)
  return {
    head: { epoch, firstSeq, lastSeq, firstStep, lastStep, rows: block.steps.length },
    block,
    bytes: size,
    bytesLeft: frames.reduce((sum, frame) => sum + frame.length, 0) - size,
  }
}

export async function archive(
  { db, keys, clock }: Context,
  id: string,
  epoch: number | 'ended',
  { kind, head, segment, pyramid }: Archived,
): Promise<ArchiveAnswer> {
  const holder = epoch === 'ended' ? '' : epoch
  const reference = encodeReference(head, segment)
  const state = pyramid === undefined ? '' : JSON.stringify(pyramid)
  return await db.script('archive_frames', keys.job(id), [id, clock(), holder, kind, reference, state])
}
