import type { Cursor } from '@unroll/contract'
import {
  LAST_STEP,
  START,
  endOfFrame,
  readHead,
  isBehind,
  readFrame,
  type BlockOf,
  type RowKind,
  type SegmentReader,
  type Timeline,
} from '@unroll/store'
import type { Grid, Range } from './pyramids/grid.ts'

/** The last valid step. */
export function findLastStep({ frames, validTo }: Pick<Timeline, 'frames' | 'validTo'>): number {
  return Math.max(0, ...frames.map(readHead).map(({ epoch, lastStep }) => Math.min(lastStep, validTo(epoch))))
}

export interface Extent {
  line: Pick<Timeline, 'frames' | 'validTo'>
  range: Range
  /** Only rows after this cursor. @default the start */
  after?: Cursor
  most: number
}

/**
 * Whether a range has more than `most` valid rows. Only frames that are partly in the range are read, and only if they
 * decide.
 */
export async function hasMoreRows(
  segments: SegmentReader,
  kind: RowKind,
  { line, range: { from, to }, after = START, most }: Extent,
): Promise<boolean> {
  const inPart: { frame: Buffer; rows: number }[] = []
  let rows = 0
  for (const frame of line.frames) {
    const head = readHead(frame)
    const { epoch } = head
    const lastStep = Math.min(to, line.validTo(epoch))
    if (head.firstStep > lastStep || head.lastStep < from || !isBehind({ epoch, seq: head.lastSeq }, after)) continue
    const isBegun = head.firstStep < from || !isBehind({ epoch, seq: head.firstSeq }, after)
    if (isBegun || head.lastStep > lastStep) inPart.push({ frame, rows: head.rows })
    else rows += head.rows
  }
  if (rows + inPart.reduce((sum, part) => sum + part.rows, 0) <= most) return false
  for (const { frame } of inPart) {
    if (rows > most) return true
    const wanted = { after, fromStep: from, toStep: to }
    const { steps } = await readFrame({ segments }, kind, { frame, wanted, line })
    rows += steps.length
  }
  return rows > most
}

/** The step of the first row after a cursor; undefined without one. */
export async function firstStepBehind(
  segments: SegmentReader,
  kind: RowKind,
  { line, after }: Pick<Extent, 'line'> & { after: Cursor },
): Promise<number | undefined> {
  for (const frame of line.frames) {
    const wanted = { after, fromStep: 0, toStep: LAST_STEP }
    const { steps } = await readFrame({ segments }, kind, { frame, wanted, line })
    if (steps[0] !== undefined) return steps[0]
  }
  return undefined
}

/** The rows that count, behind a cursor and in the buckets of a grid; segments outside of it are not read. */
export async function* blocksIn<Kind extends RowKind>(
  segments: SegmentReader,
  kind: Kind,
  { line, after, grid: { first, count, width } }: Pick<Extent, 'line'> & { after: Cursor; grid: Grid },
): AsyncGenerator<BlockOf[Kind]> {
  const wanted = { after, fromStep: first * width + 1, toStep: (first + count) * width }
  for (const frame of line.frames) {
    const { epoch, firstStep, lastStep } = readHead(frame)
    const toStep = Math.min(wanted.toStep, line.validTo(epoch))
    if (!isBehind(endOfFrame(frame), after) || firstStep > toStep || lastStep < wanted.fromStep) continue
    yield await readFrame({ segments }, kind, { frame, wanted, line })
  }
}
