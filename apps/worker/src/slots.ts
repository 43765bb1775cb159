// The slots of a worker, which train a job each, and the GPU that each is bound to.

import type { Gpu, Worker } from '@unroll/spec'
import type { GpuInventory } from './gpus/inventory.ts'

/** The variable that binds a process to a GPU. */
export const VISIBLE = 'CUDA_VISIBLE_DEVICES'

export interface SlotsOptions {
  inventory: Pick<GpuInventory, 'gpus'>
  /** How many; one a GPU, or one without any, unless given. */
  count: number | undefined
}

/** What a job may be estimated to need, in bytes. */
export interface Limits {
  /** Whether jobs are computed on the GPUs: then those must have the memory. */
  onGpu: boolean
  /** Of the process, and of a GPU that has no memory of its own. */
  processBytes: number
  /** What the operator allows. */
  mostBytes?: number | undefined
}

/** A slot that holds a job. */
export interface Slot {
  /** uuid of its GPU; undefined without one. */
  readonly gpu: string | undefined
  /** Bytes that its job is estimated to need. */
  readonly needs: number
  /** Aborts when its GPU can no longer be trained on. */
  readonly lost: AbortSignal
}

class Place implements Slot {
  readonly gpu: string | undefined
  job: string | null = null
  needs = 0
  readonly #loss = new AbortController()

  constructor(gpu: string | undefined) {
    this.gpu = gpu
  }

  get lost(): AbortSignal {
    return this.#loss.signal
  }

  lose(): void {
    this.#loss.abort()
  }
}

export class Slots {
  readonly #inventory: SlotsOptions['inventory']
  readonly #places: Place[]
  #limits: Limits = { onGpu: false, processBytes: 0 }

  constructor({ inventory, count }: SlotsOptions) {
    this.#inventory = inventory
    // Sound ones first: the first is to say what this machine computes on.
    const gpus = inventory.gpus.toSorted((a, b) => Number(a.fault !== null) - Number(b.fault !== null))
    const length = count ?? Math.max(gpus.length, 1)
    this.#places = Array.from({ length }, (_, at) => new Place(gpus[at % gpus.length]?.uuid))
  }

  get count(): number {
    return this.#places.length
  }

  /** GPUs that may be used. */
  get gpus(): readonly Gpu[] {
    return this.#inventory.gpus
  }

  /** The GPU of each slot that can train; undefined for a slot without one. */
  get devices(): readonly (string | undefined)[] {
    return this.#able().map(({ gpu }) => gpu)
  }

  /** To be told once it is known what computes. */
  limit(limits: Limits): void {
    this.#limits = limits
  }

  /** The most that a job may need on any slot that can train, free or not. */
  get largestBytes(): number {
    return Math.max(0, ...this.#able().map(({ gpu }) => this.#bytesOf(gpu)))
  }

  /** The most that a job may need to be taken now; negative while no slot is free. */
  get openBytes(): number {
    return Math.max(-1, ...this.#free().map((place) => this.#roomOf(place)))
  }

  /** Gives a job the free slot that it fills best; undefined when there is none that it fits. */
  occupy(job: string, needs: number): Slot | undefined {
    const [place] = this.#free()
      .filter((free) => this.#roomOf(free) >= needs)
      .toSorted((a, b) => this.#roomOf(a) - this.#roomOf(b))
    if (place !== undefined) Object.assign(place, { job, needs })
    return place
  }

  release(slot: Slot): void {
    const at = this.#places.indexOf(slot as Place)
    if (at !== -1) this.#places[at] = new Place(slot.gpu)
  }

  /** Tells the slots that train on a GPU which no longer can. To be called when the inventory was read. */
  check(): void {
    const able = new Set(this.#able())
    for (const place of this.#places) if (!able.has(place)) place.lose()
  }

  /** What the fleet sees of them. */
  record(): Pick<Worker, 'slots' | 'gpus' | 'memory_bytes'> {
    return {
      slots: this.#places.map((place) => ({
        job: place.job,
        memory_bytes: this.#roomOf(place),
        ...(place.gpu !== undefined && { gpu: place.gpu }),
      })),
      gpus: [...this.gpus],
      memory_bytes: this.largestBytes,
    }
  }

  #able(): readonly Place[] {
    const faulty = new Set(this.gpus.filter(({ fault }) => fault !== null).map(({ uuid }) => uuid))
    return this.#places.filter(({ gpu }) => gpu === undefined || !faulty.has(gpu))
  }

  #free(): readonly Place[] {
    return this.#able().filter(({ job }) => job === null)
  }

  #bytesOf(uuid: string | undefined): number {
    const { onGpu, processBytes, mostBytes = Infinity } = this.#limits
    if (!onGpu) return Math.min(mostBytes, processBytes)
    return Math.min(mostBytes, this.gpus.find((gpu) => gpu.uuid === uuid)?.memory_bytes ?? processBytes)
  }

  /** What the jobs beside it on the same GPU leave for one in this place. */
  #roomOf(place: Place): number {
    const { gpu } = place
    const neighbours = this.#limits.onGpu ? this.#places.filter((other) => other.gpu === gpu && other !== place) : []
    return this.#bytesOf(gpu) - neighbours.reduce((sum, { needs }) => sum + needs, 0)
  }
}
