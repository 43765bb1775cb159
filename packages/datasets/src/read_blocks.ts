import { Writable, pipeline, type Readable } from 'node:stream'

/** Blocks that may wait before the stream is paused. */
const MOST_WAITING = 2

/**
 * Bytes of chunks after which the young generation is collected. A chunk is dead as soon as it is in its block, but V8 takes the
 * memory of chunks for a heap that grows, and marks all of it again and again: of an upload of 2 GB up to a hundred times.
 */
const COLLECTED_BYTES = 2 ** 24

/** What is wrong with an upload of which so many bytes have come, if anything is. */
export type Refuse = (bytes: number, hasEnded: boolean) => Error | undefined

/** How the blocks of an upload are taken in. */
export interface BlockIntake {
  /** Asked at each chunk and at the end. @default nothing is refused */
  refuse?: Refuse | undefined
  /** Waits until so many more bytes may be read; undefined where they may at once. @default they always may */
  pace?: ((bytes: number) => Promise<void> | undefined) | undefined
}

interface BlockOptions extends BlockIntake {
  /** Bytes of a block. */
  size: number
  /**
   * Gives a buffer of `size` bytes that nobody reads any more, if there is one: to have the system clear memory for a block takes
   * longer than to fill it.
   */
  takeSpare: () => ArrayBuffer | undefined
}

/**
 * Reads a stream in blocks of one size, each in a buffer of its own that may be moved to another thread and begins at a page, so that
 * it can be written to a disk without a copy; only the last block may be smaller. No block is empty. The chunks come as events: to iterate over them costs as much time as to hash them.
 *
 * @throws what the stream fails with, and what `refuse` gives
 */
export async function* readBlocks(
  source: Readable,
  { size, takeSpare, refuse = () => undefined, pace = () => undefined }: BlockOptions,
): AsyncGenerator<Uint8Array> {
  const blocks: Uint8Array[] = []
  const dead = new DeadChunks()
  let block: Uint8Array | undefined // from the first byte on: an upload that sends none needs no memory
  let [filled, bytes] = [0, 0]
  let wake: (() => void) | undefined
  let resume: (() => void) | undefined
  let end: { error: Error | null | undefined } | undefined
  const fill = (chunk: Uint8Array) => {
    for (let taken = 0; taken < chunk.length;) {
      block ??= new Uint8Array(takeSpare() ?? new ArrayBuffer(size, { maxByteLength: size }))
      const piece = chunk.subarray(taken, taken + size - filled)
      block.set(piece, filled)
      filled += piece.length
      taken += piece.length
      if (filled < size) continue
      blocks.push(block)
      ;[block, filled] = [undefined, 0]
    }
  }
  const sink = new Writable({
    write(chunk: Uint8Array, _, done) {
      bytes += chunk.length
      const refusal = refuse(bytes, false)
      if (refusal !== undefined) return done(refusal)
      const take = () => {
        fill(chunk)
        dead.add(chunk.length)
        if (blocks.length > 0) wake?.()
        if (blocks.length < MOST_WAITING) done()
        else resume = done
      }
      const wait = pace(chunk.length)
      if (wait === undefined) take()
      else wait.then(take, done)
    },
  })
  pipeline(source, sink, (error) => {
    end = { error: error ?? refuse(bytes, true) }
    wake?.()
  })
  try {
    for (;;) {
      const next = blocks.shift()
      if (next !== undefined) yield next
      else if (end?.error) throw end.error
      else if (end !== undefined) break
      else await new Promise<void>((resolve) => (wake = resolve))
      if (blocks.length >= MOST_WAITING) continue
      const go = resume
      resume = undefined
      go?.()
    }
    if (block !== undefined) yield block.subarray(0, filled)
  } finally {
    sink.destroy()
  }
}

/** Has the young generation collected whenever enough chunks are dead, where the process is started with `--expose-gc`. */
class DeadChunks {
  #bytes = 0

  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < COLLECTED_BYTES) return
    this.#bytes = 0
    globalThis.gc?.({ type: 'minor' })
  }
}
