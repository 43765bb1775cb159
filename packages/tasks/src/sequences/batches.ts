import type { Batch } from '@unroll/bptt'
import { interleave } from '../interleave.ts'
import type { InputReader } from './input_reader.ts'
import type { Piece } from './pieces.ts'
import type { TargetReader } from './target_reader.ts'

/** What a row of a batch reads: steps [start, end) of a piece, which may be none. */
export interface Row {
  readonly piece: Piece
  readonly start: number
  readonly end: number
}

/** A piece as a row that reads all of it. */
export function wholeRow(piece: Piece): Row {
  return { piece, start: piece.start, end: piece.end }
}

/** What a batch is read by. */
export interface BatchReaders {
  readonly inputs: InputReader
  readonly targets: TargetReader
  /** Steps [start, end) of a sequence: 1 where it counts, 0 where it is left out; all count unless given. */
  readonly takes?: ((sequence: number, start: number, end: number) => ArrayLike<number>) | undefined
}

/**
 * A batch of N rows of at most `steps` steps each, time-major. Rows that are shorter are masked behind their last step; rows
 * that there are too few of are empty.
 */
export function buildBatch(
  rows: readonly Row[],
  steps: number,
  N: number,
  { inputs: reader, targets, takes }: BatchReaders,
): Batch {
  const X = reader.width
  const K = targets.width
  const answers = targets.isWhole ? 1 : steps
  const inputs = reader.isSymbols ? new Int32Array(steps * N) : new Float32Array(steps * N * X)
  const wanted = targets.isIds
    ? new Int32Array(answers * N).fill(-1)
    : new Float32Array(answers * N * K).fill(Number.NaN)
  const mask = takes && new Uint8Array(steps * N).fill(1)
  for (const [n, { piece, start, end }] of rows.entries()) {
    if (end <= start) continue
    if (mask) interleave(takes(piece.sequence, start, end), mask, { n, N, width: 1 })
    interleave(reader.read(piece.sequence, start, end), inputs, { n, N, width: X })
    const answer = targets.isWhole ? targets.whole(piece.sequence) : targets.steps(piece, start, end)
    interleave(answer, wanted, { n, N, width: K })
  }
  const isFull = rows.length === N && rows.every(({ start, end }) => end - start === steps)
  const batch = { steps, inputs, targets: wanted, ...(mask && { mask }) }
  if (isFull) return batch
  const lengths = Int32Array.from({ length: N }, (_, n) => Math.max(0, (rows[n]?.end ?? 0) - (rows[n]?.start ?? 0)))
  return { ...batch, lengths }
}
