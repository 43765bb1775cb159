import { Writable, pipeline, type Readable } from 'node:stream'

/** Blocks that may wait before the stream is paused. */
const MOST_WAITING = 1

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
  /**
   * Whether each block begins at a page, so that it can be written to a disk without a copy: V8 gives pages to buffers that can be resized, and
   * takes a quarter longer to read their bytes one by one.
   */
  atPages: boolean
}

/**
 * Reads a stream in blocks of one size, each in a buffer of its own that may be moved to another thread; only the last block may be smaller. No block is empty. The chunks come as events: to
 * iterate over them costs as much time as to hash them.
 *
 * @throws what the stream fails with, and what `refuse` gives
 */
export async function* readBlocks(
  source: Readable,
  { size, takeSpare, atPages, refuse = () => undefined, pace = () => undefined }: BlockOptions,
): AsyncGenerator<Uint8Array> {
  const blocks = new Blocks({ size, takeSpare, atPages })
  let bytes = 0
  let wake: (() => void) | undefined
  let resume: (() => void) | undefined
  let end: { error: Error | null | undefined } | undefined
  const sink = new Writable({
    write(chunk: Uint8Array, _, done) {
      bytes += chunk.length
      const refusal = refuse(bytes, false)
      if (refusal !== undefined) return done(refusal)
      const take = () => {
        blocks.fill(chunk)
        if (blocks.full.length > 0) wake?.()
        if (blocks.full.length < MOST_WAITING) done()
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
      const next = blocks.full.shift()
      if (next !== undefined) yield next
      else if (end?.error) throw end.error
      else if (end !== undefined) break
      else await new Promise<void>((resolve) => (wake = resolve))
      if (blocks.full.length >= MOST_WAITING) continue
      const go = resume
      resume = undefined
      go?.()
    }
    const rest = blocks.takeRest()
    if (rest !== undefined) yield rest
  } finally {
    sink.destroy()
  }
}

/** Fills blocks with chunks. */
class Blocks {
  readonly #size: number
  readonly #takeSpare: BlockOptions['takeSpare']
  readonly #hasPages: boolean
  /** From the first byte on: an upload that sends none needs no memory. */
  #block: Uint8Array | undefined
  #filled = 0
  readonly full: Uint8Array[] = []

  constructor({ size, takeSpare, atPages }: Pick<BlockOptions, 'size' | 'takeSpare' | 'atPages'>) {
    this.#size = size
    this.#takeSpare = takeSpare
    this.#hasPages = atPages
  }

  fill(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length;) {
      this.#block ??= this.#allocate()
      const piece = chunk.subarray(taken, taken + this.#size - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      taken += piece.length
      if (this.#filled < this.#size) continue
      this.full.push(this.#block)
      ;[this.#block, this.#filled] = [undefined, 0]
    }
  }

  /** What is filled of the last block, if anything. */
  takeRest(): Uint8Array | undefined {
    return this.#block?.subarray(0, this.#filled)
  }

  #allocate(): Uint8Array {
    return new Uint8Array(
      this.#takeSpare() ?? new ArrayBuffer(this.#size, this.#hasPages ? { maxByteLength: this.#size } : {}),
    )
  }
}
