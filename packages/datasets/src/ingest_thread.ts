// The thread that an upload is read in: it asks for chunks, and hands back the bytes of the file.

import { parentPort, workerData } from 'node:worker_threads'
import { UnrollError, type ErrorCode, type Fault } from '@unroll/contract'
import { ingest, type Ingested } from './ingest.ts'
import type { IngestOptions } from './options.ts'

export type ToThread = { type: 'chunk'; bytes: Uint8Array | undefined } | { type: 'taken' }

export interface ThreadError {
  /** Undefined for what is no fault of the upload. */
  code: ErrorCode | undefined
  message: string
  stack: string | undefined
  faults: readonly Fault[]
  faultCount: number
}

export type FromThread =
  | { type: 'more' }
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'done'; ingested: Ingested }
  | { type: 'failed'; error: ThreadError }

/** Chunks that are asked for before they are needed. */
const CHUNKS_AHEAD = 8
/** Pieces that may wait to be taken. */
const MOST_WAITING = 2

const port = parentPort

type Send = (message: FromThread, moved?: ArrayBuffer[]) => void

async function run(send: Send): Promise<void> {
  const inbox = new Inbox()
  port?.on('message', (message: ToThread) => inbox.receive(message))
  for (let asked = 0; asked < CHUNKS_AHEAD; asked++) send({ type: 'more' })
  try {
    const file = ingest(
      inbox.chunks(() => send({ type: 'more' })),
      workerData as IngestOptions,
    )
    for (;;) {
      const next = await file.next()
      if (next.done === true) return send({ type: 'done', ingested: next.value })
      await inbox.room(MOST_WAITING)
      send({ type: 'bytes', bytes: next.value }, [next.value.buffer as ArrayBuffer])
    }
  } catch (error) {
    send({ type: 'failed', error: plain(error) })
  } finally {
    port?.close()
  }
}

/** What has arrived and was not taken up yet. */
class Inbox {
  readonly #chunks: (Uint8Array | undefined)[] = []
  #waiting = 0
  #wake = () => {}

  receive(message: ToThread): void {
    if (message.type === 'chunk') this.#chunks.push(message.bytes)
    else this.#waiting -= 1
    this.#wake()
  }

  async *chunks(more: () => void): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#chunks.length === 0) await this.#news()
      const chunk = this.#chunks.shift()
      if (chunk === undefined) return
      more()
      yield chunk
    }
  }

  /** Waits until fewer pieces than that wait to be taken, and counts one more. */
  async room(most: number): Promise<void> {
    while (this.#waiting >= most) await this.#news()
    this.#waiting += 1
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function plain(error: unknown): ThreadError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof UnrollError)) return { code: undefined, message, stack, faults: [], faultCount: 0 }
  return { code: error.code, message, stack, faults: error.faults, faultCount: error.faultCount }
}

if (port !== null) void run((message, moved = []) => port.postMessage(message, moved))
