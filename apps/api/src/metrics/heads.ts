import type { Metrics, MetricsHead } from '@unroll/store'

interface Reads {
  running: Promise<MetricsHead>
  /** Begins when `running` is through; whoever asks until then shares it. */
  next?: Promise<MetricsHead>
}

/** Reads where runs are: at most one read a run at a time, however many ask, and never one that began before it was asked for. */
export class Heads {
  readonly #metrics: Pick<Metrics, 'head'>
  readonly #reads = new Map<string, Reads>()

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
