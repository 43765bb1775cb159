// The backward pass of a window of many chunks of which only the state at the beginning of each segment is stored:
// forward through all segments, then, from the newest segment to the oldest, forward again with everything stored, and
// backward.

import { chunkEnd, type Chunk } from './chunks.ts'

/** Who computes the chunks. States and sums are tensors, or whatever stands for them; they belong to the caller. */
export interface ChunkPasses<States, Sums> {
  /** The states after a chunk; keeps nothing of it. */
  forward(chunk: Chunk, before: States): States
  /**
   * Forward through the chunks of a segment, oldest first, and backward.
   *
   * @param sums The sums of newer segments.
   * @param carriedAt The step, in the window, after which the states are also returned.
   */
  segment(
    chunks: readonly Chunk[],
    before: States,
    sums: Sums,
    carriedAt: number | undefined,
  ): { readonly sums: Sums; readonly carried?: States | undefined }
  freeStates(states: States): void
  freeSums(sums: Sums): void
}

export interface WindowPass<States, Sums> {
  readonly sums: Sums
  /** The states after `advance` steps; the initial ones themselves where that is 0. */
  readonly carried: States
}

/** @param initial Stays with the caller; `zero` does not. */
export function backThroughSegments<States, Sums>(
  passes: ChunkPasses<States, Sums>,
  segments: readonly (readonly Chunk[])[],
  { initial, zero, advance }: { readonly initial: States; readonly zero: Sums; readonly advance: number },
): WindowPass<States, Sums> {
  let carried = advance === 0 ? initial : undefined
  const checkpoints = [initial]
  let before = initial
  for (const chunks of segments.slice(0, -1)) {
    for (const chunk of chunks) {
      const after = passes.forward(chunk, before)
      if (before !== carried && !checkpoints.includes(before)) passes.freeStates(before)
      if (chunkEnd(chunk) === advance) carried = after
      before = after
    }
    checkpoints.push(before)
  }
  let sums = zero
  for (const [index, chunks] of [...segments.entries()].toReversed()) {
    const checkpoint = checkpoints[index] ?? initial
    const back = passes.segment(chunks, checkpoint, sums, carried === undefined ? advance : undefined)
    carried ??= back.carried
    passes.freeSums(sums)
    sums = back.sums
    if (checkpoint !== initial && checkpoint !== carried) passes.freeStates(checkpoint)
  }
  if (carried === undefined) throw new RangeError(`Cannot keep the state as no chunk ends at step ${advance}`)
  return { sums, carried }
}

/** The states after all chunks, forward alone. */
export function forwardThrough<States>(
  passes: Pick<ChunkPasses<States, never>, 'forward' | 'freeStates'>,
  chunks: readonly Chunk[],
  initial: States,
): States {
  let states = initial
  for (const chunk of chunks) {
    const after = passes.forward(chunk, states)
    if (states !== initial) passes.freeStates(states)
    states = after
  }
  return states
}
