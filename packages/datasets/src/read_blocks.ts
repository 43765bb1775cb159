import { finished, type Readable } from 'node:stream'

/** Blocks that may wait before the stream is paused. */
const MOST_WAITING = 2

/**
 * Reads a stream in blocks of one size, each in a buffer of its own that may be moved to another thread; only the last may be
 * smaller. No block is empty. Its chunks come as events: to iterate over them costs as much time as to hash them.
 *
 * @param takeSpare gives a buffer of `size` bytes that nobody reads any more, if there is one: to have the system clear memory
 *   for a block takes longer than to fill it
 * @throws what the stream fails with
 */
export async function* readBlocks(
  source: Readable,
  size: number,
  takeSpare: () => ArrayBuffer | undefined,
): AsyncGenerator<Uint8Array> {
  const blocks: Uint8Array[] = []
  const startBlock = () => new Uint8Array(takeSpare() ?? new ArrayBuffer(size))
  let block = startBlock()
  let filled = 0
  let wake: (() => void) | undefined
  const take = (chunk: Uint8Array) => {
    for (let taken = 0; taken < chunk.length;) {
      const piece = chunk.subarray(taken, taken + size - filled)
      block.set(piece, filled)
      filled += piece.length
      taken += piece.length
      if (filled < size) continue
      blocks.push(block)
      block = startBlock()
      filled = 0
    }
    if (blocks.length >= MOST_WAITING) source.pause()
    if (blocks.length > 0) wake?.()
  }
  let end: { error: Error | null | undefined } | undefined
  const unwatch = finished(source, { writable: false }, (error) => {
    end = { error }
    wake?.()
  })
  source.on('data', take)
  try {
    for (;;) {
      const next = blocks.shift()
      if (next !== undefined) yield next
      else if (end?.error) throw end.error
      else if (end !== undefined) break
      else await new Promise<void>((resolve) => (wake = resolve))
      if (end === undefined && blocks.length < MOST_WAITING) source.resume()
    }
    if (filled > 0) yield block.subarray(0, filled)
  } finally {
    source.off('data', take)
    unwatch()
    if (end === undefined) source.destroy()
  }
}
