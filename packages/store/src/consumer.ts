import { WaitingError, Worker, type Job as Delivery, type Processor } from 'bullmq'
import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type OnError } from './connection.ts'
import type { Context } from './context.ts'
import { QUEUE_NAME, UNLIMITED_STALLS, requeue, type DeliveryData } from './deliveries.ts'

const IDLE_POLL_S = 1 // a job handed back wakes nobody, so idle consumers look again this often
const CLOSE_MS = 1_000 // for BullMQ's own closing, which may wait for ever on a connection that has just died
const RETRY_MS = 1_000 // between tries to take a job while the server is away

/** Why a handler is told to stop: `signal.reason`. */
export type StopReason = 'shutdown' | 'lock_lost'

/**
 * Runs one job. 'done': the queue is through with it. 'return': the queue shall deliver it again; so it does when the
 * handler throws.
 *
 * @param signal aborts on shutdown (the job is to be returned), or when the job was delivered elsewhere (nothing it
 *   writes counts any more)
 */
export type Handler = (jobId: string, signal: AbortSignal) => Promise<'done' | 'return'>

export interface Consumer {
  /**
   * Takes no more jobs, tells the running handlers to stop and waits for them, for `timeoutMs` at most. What is left then
   * is delivered again when its lock has run out.
   */
  close(options: { timeoutMs: number }): Promise<void>
}

/** Takes jobs from the queue, `slots` at a time, for as long as it is not closed: also after the server was away. */
export function consume(context: Context, handler: Handler, { slots }: { slots: number }): Consumer {
  return new QueueConsumer(context, handler, slots)
}

/** Open: takes jobs. Closing: takes none, and hands back what comes all the same. Closed: its connections are ended. */
class QueueConsumer implements Consumer {
  readonly #handler: Handler
  readonly #onError: OnError
  readonly #connection: Redis
  readonly #worker: Worker<DeliveryData, void>
  /** Each job from its delivery until the queue knows its outcome. */
  readonly #running = new Set<Promise<void>>()
  #isClosing = false

  constructor(context: Context, handler: Handler, slots: number) {
    const { url, keys, timing, onError } = context
    this.#handler = handler
    this.#onError = onError
    this.#connection = connect(url, 'consumer', onError)
    // BullMQ hands over a signal only to a processor that declares three plain parameters.
    const processor: Processor<DeliveryData, void> = (delivery, token, signal) =>
      this.#track(this.#process(delivery, token, signal))
    this.#worker = new Worker<DeliveryData, void>(QUEUE_NAME, processor, {
      connection: this.#connection,
      prefix: keys.queue,
      concurrency: slots,
      lockDuration: timing.lockMs,
      stalledInterval: timing.stalledCheckMs,
      maxStalledCount: UNLIMITED_STALLS,
      drainDelay: IDLE_POLL_S,
      runRetryDelay: RETRY_MS,
    })
    this.#worker.on('error', onError)
    this.#worker.on('completed', ({ data }) => void requeue(context, data.jobId).catch(onError))
    this.#worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) this.#worker.cancelJob(jobId, 'lock_lost' satisfies StopReason)
    })
  }

  async close({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    this.#isClosing = true
    await this.#worker.pause(true)
    this.#worker.cancelAllJobs('shutdown' satisfies StopReason)
    await within(timeoutMs, Promise.allSettled(this.#running))
    const isStuck = this.#running.size > 0 || this.#connection.status !== 'ready'
    await within(CLOSE_MS, this.#worker.close(isStuck).catch(this.#onError))
    this.#connection.disconnect()
  }

  async #process(delivery: Delivery<DeliveryData>, token?: string, signal?: AbortSignal): Promise<void> {
    if (!this.#isClosing && signal !== undefined && (await this.#run(delivery.data.jobId, signal)) === 'done') return
    await delivery.moveToWait(token)
    throw new WaitingError() // tells BullMQ that the job has been moved
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#running.add(work)
    try {
      await work
    } finally {
      this.#running.delete(work)
    }
  }

  async #run(jobId: string, signal: AbortSignal): Promise<'done' | 'return'> {
    try {
      return await this.#handler(jobId, signal)
    } catch (error) {
      this.#onError(error instanceof Error ? error : new Error(String(error)))
      return 'return'
    }
  }
}

/** Waits for `work`, for `ms` at most. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = sleep(ms, undefined, { signal: timer.signal }).catch(() => {}) // the abort
  await Promise.race([work, timeout])
  timer.abort()
}
