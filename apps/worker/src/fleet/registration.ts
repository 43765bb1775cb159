import { hostname } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { Consumer, Draining, Store, TakenNeeds } from '@unroll/store'
import { RELEASE, type Labels, type Worker } from '@unroll/contract'
import type { Logger } from 'pino'
import type { EngineDescription } from '../protocol.ts'
import type { Slot, Slots } from './slots.ts'

const HEARTBEAT_MS = 1_000

/** The accelerator of a device. */
export function toAccelerator(device: string): Worker['accelerator'] {
  return device === 'cuda' ? 'gpu' : 'cpu'
}

export interface RegistrationOptions {
  id: string
  slots: Slots
  engine: EngineDescription
  labels: Labels
  /** Time after which a more urgent job may take the slot of a job. @default never */
  preemptionAfterSeconds?: number | undefined
}

/**
 * The record of this process in the fleet: its identity, its capabilities and the jobs of its slots. It is sent every
 * second; silence means lost. The responses contain the drain request.
 */
export class Registration {
  readonly #store: Store
  readonly #log: Logger
  readonly #slots: Slots
  readonly #worker: Omit<Worker, 'slots' | 'gpus' | 'memory_bytes'>
  #engine: EngineDescription
  #timer: NodeJS.Timeout | undefined
  /** Heartbeats under way. */
  readonly #beats = new Set<Promise<void>>()
  #isStopped = false
  #consumer: Pick<Consumer, 'drain' | 'undrain'> | undefined
  #draining: Draining | null = null

  constructor(store: Store, log: Logger, { id, slots, engine, labels, preemptionAfterSeconds }: RegistrationOptions) {
    const now = new Date().toISOString()
    this.#store = store
    this.#log = log
    this.#slots = slots
    this.#engine = engine
    this.#worker = {
      id,
      object: 'worker',
      host: hostname(),
      pid: process.pid,
      ...engineRecord(engine),
      accelerator: toAccelerator(engine.device),
      labels,
      ...(preemptionAfterSeconds !== undefined && { preemption_after_seconds: preemptionAfterSeconds }),
      status: 'online',
      started_at: now,
      last_seen_at: now,
    }
  }

  /** The engine that trains. */
  get engine(): EngineDescription {
    return this.#engine
  }

  get accelerator(): Worker['accelerator'] {
    return this.#worker.accelerator
  }

  get labels(): Labels {
    return this.#worker.labels
  }

  /**
   * Updates the engine that a child has loaded: it may differ from the one at the start, for example when libtensorflow
   * is provided meanwhile.
   */
  describe(engine: EngineDescription): void {
    if (isDeepStrictEqual(engineRecord(engine), engineRecord(this.#engine))) return
    this.#log.warn(
      { before: engineRecord(this.#engine), now: engineRecord(engine) },
      'another engine trains than before',
    )
    this.#engine = engine
    Object.assign(this.#worker, engineRecord(engine))
    void this.#beat()
  }

  async start(): Promise<void> {
    await this.#store.workers.heartbeat(this.#record)
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS)
  }

  /** Drains the consumer on request of an operator, within a heartbeat or, when the message arrives, at once. */
  async obey(consumer: Pick<Consumer, 'drain' | 'undrain'>): Promise<void> {
    this.#consumer = consumer
    await this.#store.control.subscribe(this.#worker.id, () => void this.#beat())
  }

  /**
   * Runs `work` in slots that are then busy with the job.
   *
   * @returns 'return' when none fits it any more
   * @param needs what the job needs
   */
  async occupy<T>(jobId: string, needs: TakenNeeds, work: (slot: Slot) => Promise<T>): Promise<T | 'return'> {
    const slot = this.#slots.occupy(jobId, needs)
    if (slot === undefined) return 'return'
    void this.#beat()
    try {
      return await work(slot)
    } finally {
      this.#slots.release(slot)
      void this.#beat()
    }
  }

  /** Reports that this process is about to end. */
  async drain(): Promise<void> {
    this.#worker.status = 'draining'
    await this.#beat()
  }

  /** A heartbeat in progress would register the worker again: it is awaited, and none follows. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#isStopped = true
    await Promise.all(this.#beats)
    await this.#store.workers.remove(this.#worker.id)
  }

  /** Without a slot that can train, a worker counts as draining. */
  get #record(): Worker {
    const status = this.#slots.devices.length > 0 ? this.#worker.status : 'draining'
    return { ...this.#worker, ...this.#slots.record(), status }
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
      this.#hear(await this.#store.workers.heartbeat(this.#record))
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

function engineRecord({ engine, device, reason, isFallback, vectorLanes, versions }: EngineDescription) {
  return {
    engine,
    device,
    engine_reason: reason,
    engine_fallback: isFallback,
    vector_lanes: vectorLanes,
    versions: { unroll: RELEASE.version, node: process.versions.node, ...versions },
  }
}
