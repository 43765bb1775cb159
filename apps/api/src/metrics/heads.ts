import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'
import type { Metrics, MetricsHead } from '@unroll/store'

/** Time between two reads of a run that has subscribers, in milliseconds. */
const LOOK_MS = 100
/** Subscribers that are notified in one turn of the event loop, about 1 ms where each sends a message: polls come between. */
const TOLD_AT_ONCE = 16

/** Receives the result of every read of a run. */
export interface Follower {
  /** The state of the run: never older than the one before. */
  found: (head: MetricsHead) => void
  /** JOB_NOT_FOUND; STORE_UNAVAILABLE, after which the reads continue; STOPPING, which is the last. */
  failed: (error: Error) => void
}

/**
 * Reads the state of runs: at most one read of a run at a time for all callers, and never one that began before the
 * call. A read begins after all requests of a turn of the event loop: under load these are many, and those behind the first
 * would wait for a second read.
 */
export class Heads {
  readonly #metrics: Pick<Metrics, 'head'>
  /** Reads that have not begun, by run: shared by all callers until then. */
  readonly #waiting = new Map<string, Promise<MetricsHead>>()
  readonly #running = new Map<string, Promise<MetricsHead>>()
  readonly #followers = new Map<string, Set<Follower>>()

  constructor(metrics: Pick<Metrics, 'head'>) {
    this.#metrics = metrics
  }

  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  read(id: string): Promise<MetricsHead> {
    const waiting = this.#waiting.get(id) ?? this.#start(id)
    this.#waiting.set(id, waiting)
    return waiting
  }

  /**
   * Reads a run every 100 ms, once for all subscribers.
   *
   * @returns a function that ends the subscription
   */
  follow(id: string, follower: Follower): () => void {
    const known = this.#followers.get(id)
    const followers = known ?? new Set()
    followers.add(follower)
    if (known === undefined) {
      this.#followers.set(id, followers)
      void this.#look(id, followers)
    }
    return () => {
      followers.delete(follower)
      if (followers.size === 0 && this.#followers.get(id) === followers) this.#followers.delete(id)
    }
  }

  /** Notifies all subscribers that the service stops. */
  stop(): void {
    const error = new UnrollError('STOPPING', 'Cannot go on as the service is stopping')
    const all = [...this.#followers.values()].flatMap((followers) => [...followers])
    this.#followers.clear()
    for (const { failed } of all) failed(error)
  }

  async #look(id: string, followers: Set<Follower>): Promise<void> {
    while (this.#followers.get(id) === followers) {
      const tell = await this.read(id).then(
        (head) => (follower: Follower) => follower.found(head),
        (error: Error) => (follower: Follower) => follower.failed(error),
      )
      for (const [at, follower] of [...followers].entries()) {
        if (at % TOLD_AT_ONCE === TOLD_AT_ONCE - 1) await nextTurn()
        if (this.#followers.get(id)?.has(follower) === true) tell(follower)
      }
      await sleep(LOOK_MS)
    }
  }

  async #start(id: string): Promise<MetricsHead> {
    await this.#running.get(id)?.catch(() => {}) // its callers have the error
    await nextTurn()
    const running = this.#metrics.head(id)
    this.#waiting.delete(id)
    this.#running.set(id, running)
    return await running.finally(() => this.#running.delete(id))
  }
}
