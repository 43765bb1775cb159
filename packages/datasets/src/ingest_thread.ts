// The thread that uploads are read in, one after the other: it receives blocks of each, and hands back the bytes that are kept.

import { createHash } from 'node:crypto'
import { parentPort, type MessagePort } from 'node:worker_threads'
import { UnrollError, type ErrorCode, type Fault } from '@unroll/contract'
import { ingest } from './ingest.ts'
import type { IngestOptions } from './options.ts'
import { readText, type TextOptions } from './text/read_text.ts'

/** An upload to be read, and where its blocks come from. */
export interface Commission {
  port: MessagePort
  options: IngestOptions | TextOptions
}

export type ToThread = { type: 'block'; bytes: Uint8Array | undefined } | { type: 'taken' }

export interface ThreadError {
  /** Undefined for what is no fault of the upload. */
  code: ErrorCode | undefined
  message: string
  stack: string | undefined
  faults: readonly Fault[]
  faultCount: number
}

/** What arrived. */
export interface Received {
  bytes: number
  sha256: string
}

export type FromThread =
  | { type: 'more' }
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'done'; received: Received; found: unknown }
  | { type: 'failed'; error: ThreadError }

/** Blocks that the thread may hold before it has read them. */
export const BLOCKS_AHEAD = 2
/** Bytes that may wait to be taken, unless they are one piece: fewer would have the thread wait for each turn of the event loop. */
const MOST_WAITING_BYTES = 8 * 2 ** 20

async function run({ port, options }: Commission): Promise<void> {
  const send = (message: FromThread, moved: ArrayBuffer[] = []) => port.postMessage(message, moved)
  const inbox = new Inbox(() => send({ type: 'more' }))
  port.on('message', (message: ToThread) => inbox.receive(message))
  try {
    const kept = options.format === 'text' ? readText(inbox.blocks(), options) : ingest(inbox.blocks(), options)
    for (;;) {
      const next = await kept.next()
      if (next.done === true) return send({ type: 'done', received: inbox.received(), found: next.value })
      await inbox.room(next.value.byteLength)
      send({ type: 'bytes', bytes: next.value }, [next.value.buffer as ArrayBuffer])
    }
  } catch (error) {
    send({ type: 'failed', error: plainError(error) })
  }
}

/** What has arrived and was not taken up yet. */
class Inbox {
  readonly #more: () => void
  readonly #blocks: (Uint8Array | undefined)[] = []
  readonly #hash = createHash('sha256')
  #bytes = 0
  /** Sizes of the pieces that were handed back and not taken yet. */
  readonly #waiting: number[] = []
  #wake = () => {}

  /** @param more tells that a block was taken up */
  constructor(more: () => void) {
    this.#more = more
  }

  receive(message: ToThread): void {
    if (message.type === 'block') this.#blocks.push(message.bytes)
    else this.#waiting.shift()
    this.#wake()
  }

  async *blocks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#blocks.length === 0) await this.#news()
      const block = this.#blocks.shift()
      if (block === undefined) return
      this.#hash.update(block)
      this.#bytes += block.byteLength
      this.#more()
      yield block
    }
  }

  received(): Received {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  /** Waits until there is room for a piece to be handed back, and counts it in. */
  async room(bytes: number): Promise<void> {
    while (this.#waiting.length > 0 && sum(this.#waiting) + bytes > MOST_WAITING_BYTES) await this.#news()
    this.#waiting.push(bytes)
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function plainError(error: unknown): ThreadError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof UnrollError)) return { code: undefined, message, stack, faults: [], faultCount: 0 }
  return { code: error.code, message, stack, faults: error.faults, faultCount: error.faultCount }
}

parentPort?.on('message', (commission: Commission) => void run(commission))
