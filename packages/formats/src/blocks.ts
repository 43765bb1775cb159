/**
 * Cuts a stream of bytes into blocks of one size, each in a buffer of its own that may be moved to another thread; only
 * the last may be smaller. No block is empty.
 */
export async function* cutBlocks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(size)
  let filled = 0
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      const piece = chunk.subarray(taken, taken + size - filled)
      block.set(piece, filled)
      filled += piece.length
      taken += piece.length
      if (filled < size) continue
      yield block
      block = new Uint8Array(size)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}
