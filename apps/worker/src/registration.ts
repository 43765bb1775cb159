import { hostname } from 'node:os'
import type { Store } from '@unroll/store'
import type { Worker } from '@unroll/spec'
import type { Logger } from 'pino'
import type { EngineDescription } from './protocol.ts'

const HEARTBEAT_MS = 1_000

/** What the fleet sees of this process: who it is and which jobs its slots hold. Sent every second; silence means lost. */
export class Registration {
  readonly #store: Store
  readonly #log: Logger
  readonly #worker: Worker
  #timer: NodeJS.Timeout | undefined

  constructor(
    store: Store,
    log: Logger,
    { id, slots, description }: { id: string; slots: number; description: EngineDescription },
  ) {
    const now = new Date().toISOString()
    this.#store = store
    this.#log = log
    this.#worker = {
      id,
      object: 'worker',
      host: hostname(),
      pid: process.pid,
      engine: description.engine,
      device: description.device,
      accelerator: 'cpu',
      slots: Array.from({ length: slots }, () => ({ job: null })),
      status: 'online',
      started_at: now,
      last_seen_at: now,
      versions: { node: process.versions.node, ...description.versions },
    }
  }

  async start(): Promise<void> {
    await this.#store.workers.heartbeat(this.#worker)
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS)
  }

  /** Runs `work` with a slot shown as busy with the job. */
  async occupy<T>(jobId: string, work: () => Promise<T>): Promise<T> {
    const slot = this.#worker.slots.find(({ job }) => job === null)
    if (slot !== undefined) slot.job = jobId
    void this.#beat()
    try {
      return await work()
    } finally {
      if (slot !== undefined) slot.job = null
      void this.#beat()
    }
  }

  async drain(): Promise<void> {
    this.#worker.status = 'draining'
    await this.#beat()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#store.workers.remove(this.#worker.id)
  }

  async #beat(): Promise<void> {
    try {
      await this.#store.workers.heartbeat({ ...this.#worker, last_seen_at: new Date().toISOString() })
    } catch (error) {
      this.#log.warn(error, 'worker heartbeat not delivered')
    }
  }
}
