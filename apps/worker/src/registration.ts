import { hostname } from 'node:os'
import type { Consumer, Draining, Store } from '@unroll/store'
import { RELEASE, type Worker } from '@unroll/spec'
import type { Logger } from 'pino'
import type { EngineDescription } from './protocol.ts'

const HEARTBEAT_MS = 1_000

/** Devices of engines that are GPUs. */
const GPU_DEVICES: readonly string[] = ['cuda', 'webgpu']

/** What a device counts as for jobs that ask for an accelerator. */
export function acceleratorOf(device: string): Worker['accelerator'] {
  return GPU_DEVICES.includes(device) ? 'gpu' : 'cpu'
}

/**
 * What the fleet sees of this process: who it is, what it can and which jobs its slots hold. Sent every second; silence
 * means lost. The answers say whether it is to drain.
 */
export class Registration {
  readonly #store: Store
  readonly #log: Logger
  readonly #worker: Worker
  #timer: NodeJS.Timeout | undefined
  /** Heartbeats under way. */
  readonly #beats = new Set<Promise<void>>()
  #isStopped = false
  #consumer: Consumer | undefined
  #draining: Draining | null = null

  constructor(
    store: Store,
    log: Logger,
    {
      id,
      slots,
      memoryBytes,
      description,
    }: { id: string; slots: number; memoryBytes: number; description: EngineDescription },
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
      accelerator: acceleratorOf(description.device),
      memory_bytes: memoryBytes,
      slots: Array.from({ length: slots }, () => ({ job: null })),
      status: 'online',
      started_at: now,
      last_seen_at: now,
      versions: { unroll: RELEASE.version, node: process.versions.node, ...description.versions },
    }
  }

  get accelerator(): Worker['accelerator'] {
    return this.#worker.accelerator
  }

  /** Jobs that are estimated to need more are left to others. */
  get memoryBytes(): number {
    return this.#worker.memory_bytes
  }

  async start(): Promise<void> {
    await this.#store.workers.heartbeat(this.#worker)
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS)
  }

  /** Has the consumer drain when an operator asks for it, within a heartbeat or, when the nudge arrives, at once. */
  async obey(consumer: Consumer): Promise<void> {
    this.#consumer = consumer
    await this.#store.control.subscribe(this.#worker.id, () => void this.#beat())
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

  /** Says that this process is about to end. */
  async drain(): Promise<void> {
    this.#worker.status = 'draining'
    await this.#beat()
  }

  /** A heartbeat that is still under way would enter the worker again: it comes first, and none follows. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#isStopped = true
    await Promise.all(this.#beats)
    await this.#store.workers.remove(this.#worker.id)
  }

  async #beat(): Promise<void> {
    if (this.#isStopped) return
    const beat = this.#send()
    this.#beats.add(beat)
    await beat
    this.#beats.delete(beat)
  }

  async #send(): Promise<void> {
    try {
      this.#hear(await this.#store.workers.heartbeat(this.#worker))
    } catch (error) {
      this.#log.warn(error, 'worker heartbeat not delivered')
    }
  }

  #hear(draining: Draining | null): void {
    if (this.#consumer === undefined || draining === this.#draining) return
    this.#draining = draining
    this.#log.info({ draining }, draining === null ? 'taking jobs again' : 'draining')
    if (draining === null) this.#consumer.undrain()
    else this.#consumer.drain(draining)
  }
}
