import { setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'
import type { Metrics, MetricsHead } from '@unroll/store'

/** Time between two reads of a run that has subscribers, in milliseconds. */
const LOOK_MS = 100

interface Reads {
  running: Promise<MetricsHead>
  /** Begins after `running`; all callers until then share it. */
  next?: Promise<MetricsHead>
}

/** Receives the result of every read of a run. */
export interface Follower {
  /** The state of the run: never older than the one before. */
  found: (head: MetricsHead) => void
  /** JOB_NOT_FOUND; STORE_UNAVAILABLE, after which the reads continue; STOPPING, which is the last. */
  failed: (error: Error) => void
}

/**
 * Reads the state of runs: at most one read of a run at a time for all callers, and never one that began before the
 * call.
 */
export class Heads {
  readonly #metrics: Pick<Metrics, 'head'>
  readonly #reads = new Map<string, Reads>()
  readonly #followers = new Map<string, Set<Follower>>()

  constructor(metrics: Pick<Metrics, 'head'>) {
    this.#metrics = metrics
  }

  /** @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
  read(id: string): Promise<MetricsHead> {
    const reads = this.#reads.get(id)
    if (reads === undefined) return this.#start(id)
    const again = () => this.#start(id)
    reads.next ??= reads.running.then(again, again)
    return reads.next
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
      for (const follower of followers) tell(follower)
      await sleep(LOOK_MS)
    }
  }

  #start(id: string): Promise<MetricsHead> {
    const running = this.#metrics.head(id)
    const reads: Reads = { running }
    this.#reads.set(id, reads)
    const end = () => {
      if (reads.next === undefined) this.#reads.delete(id)
    }
    running.then(end, end)
    return running
  }
}
