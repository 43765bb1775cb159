import { setTimeout as sleep } from 'node:timers/promises'
import { UnrollError } from '@unroll/contract'
import type { Metrics, MetricsHead } from '@unroll/store'

/** Time between two looks at a run that somebody follows. */
const LOOK_MS = 100

interface Reads {
  running: Promise<MetricsHead>
  /** Begins when `running` is through; whoever asks until then shares it. */
  next?: Promise<MetricsHead>
}

/** Hears of every look at a run. */
export interface Follower {
  /** Where the run is: never less far than the look before. */
  found: (head: MetricsHead) => void
  /** JOB_NOT_FOUND; STORE_UNAVAILABLE, while the looks go on; STOPPING, after which none follows. */
  failed: (error: Error) => void
}

/** Reads where runs are: at most one read a run at a time, however many ask, and never one that began before it was asked for. */
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
   * Has a run looked at every 100 ms, one look for all who follow it.
   *
   * @returns a function that ends it
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

  /** Tells all who follow a run that the service is stopping. */
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
