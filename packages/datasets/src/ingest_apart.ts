import { on } from 'node:events'
import type { Readable } from 'node:stream'
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { UnrollError } from '@unroll/contract'
import type { Ingested } from './ingest.ts'
import {
  BLOCKS_AHEAD,
  type Commission,
  type FromThread,
  type Received,
  type ThreadError,
  type ToThread,
} from './ingest_thread.ts'
import type { IngestOptions } from './options.ts'
import { readBlocks, type BlockIntake } from './read_blocks.ts'
import type { TextContents, TextOptions } from './text/read_text.ts'

/** Memory of the values that are under way: a thread that needs more ends, and the process goes on. */
const MOST_HEAP_MB = 512
/** Threads at a time: each needs a processor for a tenth of a second to load, and memory. Further uploads wait, and one whose first block has not come needs none. */
export const MOST_THREADS = 8
/**
 * A thread that has work and says nothing for so long is ended: a library that goes round in a damaged file does not come back.
 * Reading gives back bytes, or takes up a block, every few seconds even of the largest files.
 */
const MOST_SILENT_MS = 300_000
/** Of values that were made just now: buffers of blocks that were read are freed the sooner. */
const YOUNG_HEAP_MB = 3
/** A message to another thread and its answer cost as much as some hundred kibibytes of text. */
const TEXT_BLOCK_BYTES = 2 ** 22
/** Lines take longer to read, and more memory the more of them are read at once. */
const BLOCK_BYTES = 2 ** 19

/** How an upload is taken in. */
export interface Intake extends BlockIntake {
  /** Milliseconds after which reading that makes no progress is ended. @default 300,000 */
  mostSilentMs?: number | undefined
}

/** What a thread has found in an upload, with its size and digest. */
export interface ReadApart<Found> {
  received: Received
  found: Found
}

/**
 * `ingest` in a thread of its own, so that the event loop of the caller is free meanwhile. A chunk that it yields is valid
 * until the second one after it is asked for: its memory is used again.
 *
 * @throws what `source` fails with, and what `refuse` gives
 * @throws {UnrollError} as `ingest` does, and DATASET_INVALID where a sequence does not fit into the memory of the thread
 */
export function ingestApart(
  source: Readable,
  options: IngestOptions,
  intake?: Intake,
): AsyncGenerator<Uint8Array, ReadApart<Ingested>> {
  return readApart(source, options, intake)
}

/**
 * `readText` in a thread of its own. A chunk that it yields is valid until the second one after it is asked for: its memory is used again.
 *
 * @throws what `source` fails with, and what `refuse` gives
 * @throws {UnrollError} as `readText` does
 */
export function readTextApart(
  source: Readable,
  options: TextOptions,
  intake?: Intake,
): AsyncGenerator<Uint8Array, ReadApart<TextContents>> {
  return readApart(source, options, intake)
}

async function* readApart<Found>(
  source: Readable,
  options: IngestOptions | TextOptions,
  { mostSilentMs = MOST_SILENT_MS, ...intake }: Intake = {},
): AsyncGenerator<Uint8Array, ReadApart<Found>> {
  const isText = options.format === 'text' // whose blocks are kept as they are
  const blockBytes = isText ? TEXT_BLOCK_BYTES : BLOCK_BYTES
  const spare: ArrayBuffer[] = []
  const takeSpare = () => takeOfSize(spare, blockBytes)
  const blocks = readBlocks(source, { size: blockBytes, takeSpare, atPages: isText, ...intake })
  const first = await blocks.next()
  const thread = await takeThread()
  const { port1: port, port2: theirs } = new MessageChannel()
  const broken = new AbortController()
  const breakOff = (error: unknown) => broken.abort(error)
  const end = () => broken.abort(new Error('Cannot read the data set as its thread ended'))
  thread.once('error', breakOff).once('exit', end)
  thread.postMessage({ port: theirs, options } satisfies Commission, [theirs])
  const feed = new Feed(port)
  feed.run(first, blocks).catch(breakOff)
  const hasWork = () => !feed.isWaiting
  const silence = new Silence(mostSilentMs, () => breakOff(makesNoProgress(mostSilentMs)))
  silence.begin(hasWork)
  let hasAnswered = false
  /** The buffer of the newest chunk, which may still be read when the next is asked for. */
  const newest: ArrayBuffer[] = []
  try {
    for await (const [message] of on(port, 'message', { signal: broken.signal }) as AsyncIterable<[FromThread]>) {
      hasAnswered = message.type === 'done' || message.type === 'failed'
      silence.begin(hasWork)
      if (message.type === 'bytes') {
        silence.begin(() => false) // until whoever reads takes them
        yield message.bytes
        silence.begin(hasWork)
        spare.push(...newest.splice(0))
        newest.push(message.bytes.buffer as ArrayBuffer)
        post(port, { type: 'taken' })
      } else if (message.type === 'done') return { received: message.received, found: message.found as Found }
      else if (message.type === 'failed') throw reviveError(message.error)
    }
    throw new Error('Cannot read the data set as its thread said no more')
  } catch (error) {
    if (!broken.signal.aborted) throw error
    throw isOutOfMemory(broken.signal.reason) ? tooLargeToRead(broken.signal.reason) : broken.signal.reason
  } finally {
    silence.end()
    feed.stop()
    port.close()
    thread.off('error', breakOff).off('exit', end)
    if (hasAnswered) keepThread(thread)
    else await thread.terminate()
  }
}

/** The newest of some buffers that has a size; the others are let go. */
function takeOfSize(buffers: ArrayBuffer[], bytes: number): ArrayBuffer | undefined {
  for (let buffer = buffers.pop(); buffer !== undefined; buffer = buffers.pop())
    if (buffer.byteLength === bytes) return buffer
  return undefined
}

/** Threads that have read an upload and wait for the next: to load one anew takes longer than to read a small upload. */
const idle: Worker[] = []
/** Uploads that wait for a thread, and are woken when one is there or ends. */
const waiting: (() => void)[] = []
let threads = 0

async function takeThread(): Promise<Worker> {
  while (areAllBusy()) await new Promise<void>((resolve) => waiting.push(resolve))
  const thread = idle.pop() ?? startThread()
  thread.ref()
  return thread
}

function areAllBusy(): boolean {
  return idle.length === 0 && threads >= MOST_THREADS
}

function startThread(): Worker {
  threads += 1
  const thread = new Worker(new URL('./ingest_thread.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
  })
  thread.on('error', () => {}) // the upload that it reads is told
  return thread.on('exit', () => {
    threads -= 1
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
    waiting.shift()?.()
  })
}

function keepThread(thread: Worker): void {
  if (idle.length > waiting.length) return void thread.terminate()
  idle.push(thread)
  thread.unref()
  waiting.shift()?.()
}

/** @param moved buffers that are no longer this thread's */
function post(port: MessagePort, message: ToThread, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved)
}

/** Looks how long a thread that has work has said nothing. */
class Silence {
  readonly #timer: NodeJS.Timeout
  #hasWork = () => false
  #since = performance.now()

  constructor(mostMs: number, tooLong: () => void) {
    this.#timer = setInterval(() => {
      if (!this.#hasWork()) this.#since = performance.now()
      else if (performance.now() - this.#since >= mostMs) tooLong()
    }, mostMs / 10).unref()
  }

  begin(hasWork: () => boolean): void {
    this.#hasWork = hasWork
    this.#since = performance.now()
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

/** Sends an upload to a thread as fast as it is read there, whatever the thread hands back meanwhile. */
class Feed {
  readonly #port: MessagePort
  /** Blocks that the thread still takes. */
  #room = BLOCKS_AHEAD
  #hasEnded = false
  #isStopped = false
  #wake = () => {}

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', ({ type }: FromThread) => {
      if (type !== 'more') return
      this.#room += 1
      this.#wake()
    })
  }

  /** Whether the thread may wait for the upload. */
  get isWaiting(): boolean {
    return !this.#hasEnded && this.#room > 0
  }

  /** @param first of the blocks. @throws what `blocks` throws */
  async run(first: IteratorResult<Uint8Array, unknown>, blocks: AsyncGenerator<Uint8Array>): Promise<void> {
    try {
      for (let next = first; next.done !== true; next = await blocks.next()) {
        while (this.#room === 0 && !this.#isStopped) await new Promise<void>((resolve) => (this.#wake = resolve))
        if (this.#isStopped) return
        this.#room -= 1
        post(this.#port, { type: 'block', bytes: next.value }, [next.value.buffer as ArrayBuffer])
      }
    } finally {
      await blocks.return(undefined)
    }
    this.#hasEnded = true
    post(this.#port, { type: 'block', bytes: undefined })
  }

  /** Has the source closed, once it has given what it is asked for. */
  stop(): void {
    this.#isStopped = true
    this.#wake()
  }
}

function reviveError({ code, message, stack, faults, faultCount }: ThreadError): Error {
  if (code !== undefined) return new UnrollError(code, message, { faults, faultCount })
  return Object.assign(new Error(message), { stack })
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function makesNoProgress(ms: number): UnrollError {
  const detail = `Must be a file that can be read on within ${ms / 1_000} s: reading it came to a stand, as where it is damaged`
  return new UnrollError('DATASET_INVALID', 'Cannot store the data set as it cannot be read to its end', {
    faults: [{ pointer: '', detail }],
  })
}

function tooLargeToRead(cause: unknown): UnrollError {
  const detail = `Must be read in ${MOST_HEAP_MB} MiB of memory: a sequence, or all different texts of a field, need more`
  return new UnrollError('DATASET_INVALID', 'Cannot store the data set as a sequence of it is too large', {
    faults: [{ pointer: '', detail }],
    cause,
  })
}
