import { ErrorCode } from 'bullmq'
import { classesFor, type Accelerator, type AcceleratorClass, type Labels } from '@unroll/contract'
import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../redis/connection.ts'
import type { Context } from '../redis/context.ts'
import { QUEUE_TOPIC } from '../fleet/control.ts'
import { requeue, wake } from './deliveries.ts'
import { isBacklog, linesFor } from './lines.ts'
import { createFetcher, renewLock, type Fetcher } from './locks.ts'
import { rescueStalled } from '../maintenance/rescue.ts'
import type { Room } from './needs.ts'
import { interruptLost, reconcile } from '../maintenance/reconcile.ts'
import { repeat } from '../maintenance/repeat.ts'
import { takeFirst, type Taken, type TakenNeeds } from './take.ts'
import { within } from './within.ts'

const IDLE_MS = 1_000 // idle consumers are woken when a job arrives; this only bounds a lost message
const RETRY_MS = 1_000 // between attempts to take a job during an outage of the server
const CLOSE_MS = 1_000 // for BullMQ's own closing, which may wait forever on a connection that has just died

/** The reasons of a stop request to a handler: `signal.reason`. */
export type StopReason = 'shutdown' | 'drain'

/**
 * Runs one job.
 *
 * @param signal aborts on shutdown or when drained: the job must be returned. It does not abort when its lock was lost:
 * if a newer attempt has the job, the store refuses the writes of this one.
 * @param needs what the job needs
 * @returns 'done' when the queue may forget the job; 'return' when it must deliver the job again, as when the handler
 * throws
 */
export type Handler = (jobId: string, signal: AbortSignal, needs: TakenNeeds) => Promise<'done' | 'return'>

export interface ConsumeOptions {
  /** Number of jobs at the same time. */
  slots: number
  /** The accelerator of the worker: it takes jobs that ask for it, or for any. @default 'cpu' */
  accelerator?: Accelerator
  /** Its labels: it takes jobs whose labels are a subset. @default {} */
  labels?: Labels
  /**
   * Its memory for a job now in bytes, read before each look: first for a job on one device, then on each of two GPUs
   * for a job that asks for two, and so on; empty without a free slot. Jobs that need more are left to others.
   *
   * @default no bound, on one device
   */
  memoryBytes?: () => readonly number[]
}

/** The treatment of running jobs when a consumer is drained. */
export type Draining = 'hand_back' | 'finish'

export interface Consumer {
  /** Takes no more jobs until it is undrained. With `hand_back` the running handlers receive a stop request. */
  drain(running: Draining): void
  undrain(): void
  /**
   * Takes no more jobs, requests the running handlers to stop and waits for them, for `timeoutMs` at most. The
   * remaining jobs are delivered again when their locks expire.
   */
  close(options: { timeoutMs: number }): Promise<void>
}

/** Takes jobs from the queues, `slots` at a time, until it is closed, also after an outage of the server. */
export function consume(context: Context, handler: Handler, options: ConsumeOptions): Consumer {
  return new QueueConsumer(context, handler, options)
}

/** A running job, from its delivery until the queue knows its outcome. */
interface Running extends Taken {
  readonly stop: AbortController
  ended: Promise<void>
}

/**
 * Two queues share the slots, and the line defines the next job. Therefore BullMQ's own loop is not used, which knows
 * only one queue and its own order (docs/adr/0012-the-line-orders-bullmq-delivers.md).
 */
class QueueConsumer implements Consumer {
  readonly #context: Context
  readonly #handler: Handler
  readonly #slots: number
  readonly #room: () => Room
  /** Names of its lines. */
  readonly #lines: readonly string[]
  readonly #connection: Redis
  readonly #fetchers: ReadonlyMap<AcceleratorClass, Fetcher>
  readonly #running = new Set<Running>()
  readonly #closing = new AbortController()
  readonly #taking: Promise<void>
  #isDrained = false
  #nudge = new AbortController()

  constructor(
    context: Context,
    handler: Handler,
    { slots, accelerator = 'cpu', labels = {}, memoryBytes = () => [Number.MAX_SAFE_INTEGER] }: ConsumeOptions,
  ) {
    this.#context = context
    this.#handler = handler
    this.#slots = slots
    this.#room = () => ({ accelerator, bytes: memoryBytes() })
    this.#lines = linesFor(accelerator, labels)
    this.#connection = connect(context.url, 'consumer', context.onError)
    this.#fetchers = new Map(
      classesFor(accelerator).map((wanted) => [wanted, createFetcher(context, wanted, this.#connection)]),
    )
    this.#taking = this.#take()
    const { stalledCheckMs } = context.timing
    const watching = repeat(context, stalledCheckMs, () => rescueStalled(context, this.#fetchers), this.#closing.signal)
    for (const loop of [this.#listen(), this.#renew(), this.#watchBacklog(), watching]) void loop
  }

  drain(running: Draining): void {
    this.#isDrained = true
    if (running === 'hand_back') this.#tellAll('drain')
  }

  undrain(): void {
    this.#isDrained = false
    this.#nudge.abort()
  }

  async close({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    this.#closing.abort()
    this.#nudge.abort()
    this.#tellAll('shutdown')
    const ended = () => Promise.all(Array.from(this.#running, (running) => running.ended))
    await within(timeoutMs, this.#taking.then(ended))
    const isStuck = this.#running.size > 0 || this.#connection.status !== 'ready'
    const closed = [...this.#fetchers.values()].map((fetcher) => fetcher.close(isStuck).catch(this.#context.onError))
    await within(CLOSE_MS, Promise.all(closed))
    this.#connection.disconnect()
  }

  #tellAll(reason: StopReason): void {
    for (const { stop } of this.#running) stop.abort(reason)
  }

  get #isTaking(): boolean {
    return !this.#closing.signal.aborted && !this.#isDrained && this.#running.size < this.#slots
  }

  /** Wakes `#take` when a job arrives. */
  async #listen(): Promise<void> {
    const end = await this.#untilClosed(() => this.#context.control.subscribe(QUEUE_TOPIC, () => this.#nudge.abort()))
    this.#closing.signal.addEventListener('abort', () => end?.(), { once: true })
  }

  async #take(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#nudge = new AbortController() // before the look, so that a job that arrives during the look is not missed
      const isTaken = this.#isTaking && (await this.#untilClosed(() => this.#takeOne()))
      if (isTaken !== true) await sleep(IDLE_MS, undefined, { signal: this.#nudge.signal }).catch(() => {})
    }
  }

  /** Whether there was a job to take. */
  async #takeOne(): Promise<boolean> {
    const held = await takeFirst(this.#context, this.#fetchers, {
      lines: this.#lines,
      room: this.#room(),
    })
    if (held === undefined) return false
    const running: Running = { ...held, stop: new AbortController(), ended: Promise.resolve() }
    this.#running.add(running)
    running.ended = this.#run(running).finally(() => {
      this.#running.delete(running)
      this.#nudge.abort()
    })
    return true
  }

  async #run(running: Running): Promise<void> {
    const { delivery, token, stop } = running
    const { jobId } = delivery.data
    try {
      const isTooLate = this.#closing.signal.aborted || this.#isDrained
      const verdict = isTooLate ? 'return' : await this.#handle(jobId, stop.signal, running)
      await this.#hold(running) // the lock may have expired during an outage of the server
      if (verdict === 'return') {
        await delivery.moveToWait(token)
        await interruptLost(this.#context, jobId) // a handler that threw may have left its attempt open
        return wake(this.#context)
      }
      await delivery.moveToCompleted(undefined, token, false)
      await requeue(this.#context, jobId)
    } catch (error) {
      if (!isLockLost(error)) this.#context.onError(toError(error)) // a job whose lock was lost is delivered elsewhere
    }
  }

  async #handle(...job: Parameters<Handler>): Promise<'done' | 'return'> {
    try {
      return await this.#handler(...job)
    } catch (error) {
      this.#context.onError(toError(error))
      return 'return'
    }
  }

  /** Renews the locks of the running jobs, also while closing, until the handlers have ended. */
  async #renew(): Promise<void> {
    while (!this.#closing.signal.aborted || this.#running.size > 0) {
      await Promise.all(Array.from(this.#running, (running) => this.#hold(running)))
      await sleep(this.#context.timing.lockMs / 4, undefined, { ref: false })
    }
  }

  /** Renews the lock of a running job, if the server is reachable. */
  async #hold(running: Running): Promise<void> {
    const isHeld = await renewLock(this.#context, running).catch(() => true)
    if (!isHeld) this.#context.onError(new Error(`Lost the lock of job "${running.delivery.data.jobId}"`))
  }

  /**
   * Repairs a consumer that is idle while jobs wait for it: with a new connection, and by reconciling queue and
   * records.
   */
  async #watchBacklog(): Promise<void> {
    const { timing, onError } = this.#context
    while (!this.#closing.signal.aborted) {
      await sleep(timing.backlogMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      const backlog = { ms: timing.backlogMs, room: this.#room() }
      const isIdle = this.#isTaking && (await this.#untilClosed(() => isBacklog(this.#context, this.#lines, backlog)))
      if (isIdle !== true || !this.#isTaking) continue
      onError(new Error(`Jobs have waited for ${backlog.ms} ms beside a free slot: connecting anew`))
      this.#connection.disconnect(true)
      await this.#untilClosed(() => reconcile(this.#context))
      this.#nudge.abort()
    }
  }

  /** The outcome of `work`, repeated during an outage of the server; undefined once closed. */
  async #untilClosed<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    while (!this.#closing.signal.aborted) {
      try {
        return await work()
      } catch (error) {
        this.#context.onError(toError(error))
        await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
    return undefined
  }
}

const LOCK_LOST: readonly unknown[] = [ErrorCode.JobNotExist, ErrorCode.JobLockNotExist, ErrorCode.JobLockMismatch]

function isLockLost(error: unknown): boolean {
  return LOCK_LOST.includes((error as { code?: number }).code)
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
