import type { Batch } from '@unroll/bptt'
import { interleave } from '../interleave.ts'
import type { InputReader } from './input_reader.ts'
import type { Piece } from './pieces.ts'
import type { StartReader } from './start_reader.ts'
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
  /** The states that sequences begin from; those of the network unless given. */
  readonly starts?: StartReader | undefined
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
  { inputs: reader, targets, takes, starts }: BatchReaders,
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
  const states = starts && readStates(rows, N, starts)
  const batch = { steps, inputs, targets: wanted, ...(mask && { mask }), ...(states && { states }) }
  if (isFull) return batch
  const lengths = Int32Array.from({ length: N }, (_, n) => Math.max(0, (rows[n]?.end ?? 0) - (rows[n]?.start ?? 0)))
  return { ...batch, lengths }
}

/** The states before the first step of rows, [N,H] each: of those that begin with the first step of their sequence. Undefined where none does. */
function readStates(rows: readonly Row[], N: number, starts: StartReader): Batch['states'] {
  const begun = [...rows.entries()].filter(([, { start, end }]) => start === 0 && end > 0)
  if (begun.length === 0) return undefined
  const own = new Map(begun.map(([n, { piece }]) => [n, starts.read(piece.sequence)]))
  return Object.fromEntries(
    starts.states.map(({ name, size }) => {
      const all = new Float32Array(N * size)
      for (const [n, states] of own) all.set(states[name]!, n * size)
      return [name, all]
    }),
  )
}
