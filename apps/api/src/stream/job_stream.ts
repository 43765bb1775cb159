import { Readable } from 'node:stream'
import { UnrollError } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import type { Heads } from '../metrics/heads.ts'
import type { Chunk } from './chunk.ts'
import { hasAll, type Position } from './position.ts'
import { turn } from './turns.ts'

/** Milliseconds after which a client reconnects. */
const RETRY_MS = 1_000
/** A comment of server-sent events. */
const HEARTBEAT = ':\n\n'
/** With this many unread bytes no further chunk is fetched. */
const WAITING_BYTES = 64 * 2 ** 10

export interface JobStreamOptions {
  id: string
  /** The position of the reader. */
  from: Position
  heads: Heads
  /** Makes the next chunk, or returns that of another reader. */
  chunk: (from: Position, head: MetricsHead) => Promise<Chunk>
  /** Milliseconds between two comments of a quiet stream. */
  heartbeatMs: number
}

/**
 * The messages of one job for one reader, from a position until the job ends, the service stops, or the reader has
 * gone.
 *
 * The reader pulls: a chunk is fetched after the ones before have been taken, so that a slow reader gets the same rows
 * in fewer, larger messages, and the connection of a stuck reader is closed as any other. During an outage of Redis the
 * stream stays open, and then continues.
 *
 * It is a `Readable` that is sent as any other body, so that the framework handles hooks, headers and the end of a
 * reader; @fastify/sse writes to the socket by itself and waits for a `drain` that never comes from a reader that has
 * gone.
 */
export class JobStream extends Readable {
  readonly #chunk: JobStreamOptions['chunk']
  readonly #unfollow: () => void
  readonly #heartbeat: NodeJS.Timeout
  #at: Position
  #head: MetricsHead | undefined
  /** True while more may be pushed. */
  #isWanted = true
  /** True while a chunk is fetched: one at a time. */
  #isBusy = false
  /** True once the end was pushed, after which nothing may be. */
  #isOver = false

  constructor({ id, from, heads, chunk, heartbeatMs }: JobStreamOptions) {
    super({ highWaterMark: WAITING_BYTES })
    this.#at = from
    this.#chunk = chunk
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.push(`retry: ${RETRY_MS}\n\n`)
    this.#unfollow = heads.follow(id, {
      found: (head) => {
        this.#head = head
        void this.#fill()
      },
      failed: (error) => this.#fail(error),
    })
  }

  override _read(): void {
    this.#isWanted = true
    void this.#fill()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearInterval(this.#heartbeat)
    this.#unfollow()
    callback(error)
  }

  /** Pushes chunks until the reader's buffer is full or no more are available. */
  async #fill(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      while (this.#isWanted && !this.destroyed && this.#head !== undefined && this.#isBehind(this.#head)) {
        const { bytes, next, isFull } = await this.#chunk(this.#at, this.#head)
        if (isFull) await turn() // one reader at a time of those who catch up
        if (this.destroyed || this.#isOver) return
        this.#at = next
        if (bytes.length > 0) this.#isWanted = this.push(bytes)
        if (next.ended) this.#end()
      }
    } catch (error) {
      this.#fail(error as Error)
    } finally {
      this.#isBusy = false
    }
  }

  #isBehind(head: MetricsHead): boolean {
    return !this.#isOver && (head.done || !hasAll(this.#at, head))
  }

  /** Redis comes back, and the next read sends the missing rows. No other error passes by itself. */
  #fail(error: Error): void {
    if (this.destroyed) return
    const code = error instanceof UnrollError ? error.code : undefined
    if (code === 'STORE_UNAVAILABLE') return
    if (code === 'JOB_NOT_FOUND' || code === 'STOPPING') this.#end()
    else this.destroy(error)
  }

  #end(): void {
    if (!this.#isOver) this.push(null)
    this.#isOver = true
  }

  #beat(): void {
    if (this.readableLength === 0 && !this.#isOver) this.push(HEARTBEAT)
  }
}
