import { Readable } from 'node:stream'
import { UnrollError } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import type { Heads } from '../metrics/heads.ts'
import type { Chunk } from './chunk.ts'
import { hasAll, type Position } from './position.ts'

/** How long a client waits before it connects again. */
const RETRY_MS = 1_000
/** A comment. */
const HEARTBEAT = ':\n\n'
/** With so many bytes waiting for its reader, no chunk is fetched. */
const WAITING_BYTES = 64 * 2 ** 10

export interface JobStreamOptions {
  id: string
  /** Where the reader is. */
  from: Position
  heads: Heads
  /** Makes what follows, or gives what was made of it for another reader. */
  chunk: (from: Position, head: MetricsHead) => Promise<Chunk>
  /** How often a quiet stream shows that it is there. */
  heartbeatMs: number
}

/**
 * The messages of one job for one reader, from a position on, until the job has ended, the service stops or the reader is
 * gone.
 *
 * It is pulled: a chunk is fetched when those before have been taken, so a slow reader gets the same rows in fewer, larger
 * messages, and one that takes nothing is cut off with its connection, as any other. While Redis is away the stream stays
 * open, and goes on where it was. It is a `Readable` that is sent like any other body, so that hooks, headers and the end
 * of a reader are the framework's; @fastify/sse writes to the socket by itself and waits for a `drain` that a reader which
 * has gone never sends.
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

  /** Pushes chunk after chunk until the reader has enough, or all there is. */
  async #fill(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      while (this.#isWanted && !this.destroyed && this.#head !== undefined && this.#isBehind(this.#head)) {
        const { bytes, next } = await this.#chunk(this.#at, this.#head)
        if (this.destroyed) return
        this.#at = next
        if (bytes.length > 0) this.#isWanted = this.push(bytes)
        if (next.ended) this.push(null)
      }
    } catch (error) {
      this.#fail(error as Error)
    } finally {
      this.#isBusy = false
    }
  }

  #isBehind(head: MetricsHead): boolean {
    return !this.#at.ended && (head.done || !hasAll(this.#at, head))
  }

  /** Redis comes back, and the next look fills what is missing. Nothing else passes by itself. */
  #fail(error: Error): void {
    if (this.destroyed) return
    const code = error instanceof UnrollError ? error.code : undefined
    if (code === 'STORE_UNAVAILABLE') return
    if (code === 'JOB_NOT_FOUND' || code === 'STOPPING') this.push(null)
    else this.destroy(error)
  }

  #beat(): void {
    if (this.readableLength === 0 && !this.#at.ended) this.push(HEARTBEAT)
  }
}
