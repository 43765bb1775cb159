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

/**
 * A batch of N rows of at most `steps` steps each, time-major. Rows that are shorter are masked behind their last step; rows
 * that there are too few of are empty.
 */
export function buildBatch(
  rows: readonly Row[],
  steps: number,
  N: number,
  { inputs: reader, targets }: { inputs: InputReader; targets: TargetReader },
): Batch {
  const X = reader.width
  const K = targets.width
  const answers = targets.isWhole ? 1 : steps
  const inputs = reader.isSymbols ? new Int32Array(steps * N) : new Float32Array(steps * N * X)
  const wanted = targets.isIds
    ? new Int32Array(answers * N).fill(-1)
    : new Float32Array(answers * N * K).fill(Number.NaN)
  for (const [n, { piece, start, end }] of rows.entries()) {
    if (end <= start) continue
    interleave(reader.read(piece.sequence, start, end), inputs, { n, N, width: X })
    const answer = targets.isWhole ? targets.whole(piece.sequence) : targets.steps(piece, start, end)
    interleave(answer, wanted, { n, N, width: K })
  }
  const isFull = rows.length === N && rows.every(({ start, end }) => end - start === steps)
  if (isFull) return { steps, inputs, targets: wanted }
  const lengths = Int32Array.from({ length: N }, (_, n) => Math.max(0, (rows[n]?.end ?? 0) - (rows[n]?.start ?? 0)))
  return { steps, inputs, targets: wanted, lengths }
}
