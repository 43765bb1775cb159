// A long window divided into chunks of steps. Sums over time (loss, gradients of the weights) are computed chunk by
// chunk, the newest first. The division depends on the shape of the window and not on the stored states, so that a
// window that is recomputed segment by segment has the bits of one that is stored whole.

import { CHUNK_ROWS } from '@unroll/contract' // rows [TN]: enough that adding up products costs nothing beside making them

export interface Chunk {
  /** 0-based, in the window. */
  readonly start: number
  readonly steps: number
  /** How many of its newest steps have a loss: all or none, unless it is the whole window. */
  readonly answered: number
}

/** What decides how a window is cut. */
export interface WindowShape {
  /** T. */
  readonly steps: number
  /** N of a shard. */
  readonly rows: number
  /** How many of the newest steps have a loss. */
  readonly answered: number
  /** The step after which the state is stored, 0 to T. */
  readonly advance: number
  /** Rows [TN] of a chunk at most; CHUNK_ROWS unless given. */
  readonly chunkRows?: number
  /** Whether it must not be cut, as a layer begins at its end; it is cut unless given. */
  readonly bidirectional?: boolean
}

/** Whether a window is one chunk without recomputation. */
export function isOneChunk({
  steps,
  rows,
  chunkRows = CHUNK_ROWS,
  bidirectional = false,
}: Pick<WindowShape, 'steps' | 'rows' | 'chunkRows' | 'bidirectional'>): boolean {
  return bidirectional || steps * rows <= chunkRows
}

/** Chunks of about equal length, oldest first. None reaches over the step where losses begin, nor over `advance`. */
export function cutChunks({
  steps: T,
  rows,
  answered,
  advance,
  chunkRows = CHUNK_ROWS,
  bidirectional = false,
}: WindowShape): readonly Chunk[] {
  if (bidirectional) return [{ start: 0, steps: T, answered }]
  const cuts = [...new Set([0, advance, T - answered, T])].toSorted((a, b) => a - b)
  return cuts.slice(1).flatMap((end, index) => {
    const begin = cuts[index] ?? 0
    const length = Math.ceil((end - begin) / Math.ceil(((end - begin) * rows) / chunkRows))
    return Array.from({ length: Math.ceil((end - begin) / length) }, (_, n): Chunk => {
      const start = begin + n * length
      const steps = Math.min(length, end - start)
      return { start, steps, answered: start >= T - answered ? steps : 0 }
    })
  })
}

/** Chunks that are computed together: as many as contain `length` steps. @default all of them */
export function groupSegments(chunks: readonly Chunk[], length: number = Infinity): readonly (readonly Chunk[])[] {
  const segments: Chunk[][] = []
  let room = 0
  for (const chunk of chunks) {
    if (room <= 0) {
      segments.push([])
      room = length
    }
    segments.at(-1)?.push(chunk)
    room -= chunk.steps
  }
  return segments
}

export function chunkEnd({ start, steps }: Chunk): number {
  return start + steps
}
