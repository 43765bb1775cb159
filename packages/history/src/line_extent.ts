import type { Cursor } from '@unroll/spec'
import { START, headOf, type FrameHead, type Line } from '@unroll/store'
import type { Range } from './grid.ts'

/** The last step that counts. */
export function lastStepOf({ frames, validTo }: Pick<Line, 'frames' | 'validTo'>): number {
  return Math.max(0, ...frames.map(headOf).map(({ epoch, lastStep }) => Math.min(lastStep, validTo(epoch))))
}

/** Rows that a range has behind a cursor, or a few more. */
export function rowsIn({ frames }: Pick<Line, 'frames'>, { from, to }: Range, after: Cursor = START): number {
  const heads = frames.map(headOf).filter(({ firstStep, lastStep }) => firstStep <= to && lastStep >= from)
  return heads.reduce((sum, head) => {
    const { rows, firstStep, lastStep } = head
    const share = (Math.min(to, lastStep) - Math.max(from, firstStep) + 1) / (lastStep - firstStep + 1)
    return sum + Math.ceil(rows * Math.min(share, shareBehind(head, after)))
  }, 0)
}

function shareBehind({ epoch, firstSeq, lastSeq }: FrameHead, after: Cursor): number {
  if (epoch !== after.epoch) return 1
  return (lastSeq - Math.max(firstSeq - 1, after.seq)) / (lastSeq - firstSeq + 1)
}
