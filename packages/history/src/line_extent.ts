import type { Cursor } from '@unroll/contract'
import { START, headOf, isBehind, rowsOfFrame, type Timeline, type RowKind, type SegmentReader } from '@unroll/store'
import type { Range } from './grid.ts'

/** The last step that counts. */
export function lastStepOf({ frames, validTo }: Pick<Timeline, 'frames' | 'validTo'>): number {
  return Math.max(0, ...frames.map(headOf).map(({ epoch, lastStep }) => Math.min(lastStep, validTo(epoch))))
}

export interface Extent {
  line: Pick<Timeline, 'frames' | 'validTo'>
  range: Range
  /** Only rows behind this place. @default the start */
  after?: Cursor
  most: number
}

/** Whether a range has more than `most` rows that count. Only frames that lie in it in part are read, and only where they decide. */
export async function hasMoreRows(
  segments: SegmentReader,
  kind: RowKind,
  { line, range: { from, to }, after = START, most }: Extent,
): Promise<boolean> {
  const inPart: { frame: Buffer; rows: number; lastStep: number }[] = []
  let rows = 0
  for (const frame of line.frames) {
    const head = headOf(frame)
    const { epoch } = head
    const lastStep = Math.min(to, line.validTo(epoch))
    if (head.firstStep > lastStep || head.lastStep < from || !isBehind({ epoch, seq: head.lastSeq }, after)) continue
    const isBegun = head.firstStep < from || !isBehind({ epoch, seq: head.firstSeq }, after)
    if (isBegun || head.lastStep > lastStep) inPart.push({ frame, rows: head.rows, lastStep })
    else rows += head.rows
  }
  if (rows + inPart.reduce((sum, part) => sum + part.rows, 0) <= most) return false
  for (const { frame, lastStep, ...part } of inPart) {
    if (rows > most) return true
    const wanted = { after, fromStep: from, count: part.rows }
    const found = await rowsOfFrame({ segments }, kind, { frame, wanted, line })
    rows += found.filter(({ row }) => row.step <= lastStep).length
  }
  return rows > most
}

/** The step of the first row behind a place; undefined where there is none. */
export async function firstStepBehind(
  segments: SegmentReader,
  kind: RowKind,
  { line, after }: Pick<Extent, 'line'> & { after: Cursor },
): Promise<number | undefined> {
  for (const frame of line.frames) {
    const wanted = { after, fromStep: 0, count: 1 }
    const [first] = await rowsOfFrame({ segments }, kind, { frame, wanted, line })
    if (first !== undefined) return first.row.step
  }
  return undefined
}
