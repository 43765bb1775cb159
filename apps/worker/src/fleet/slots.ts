// The slots of a worker and the GPU that each is bound to. A job has one, or as many as it asks for GPUs.

import type { Gpu, Worker } from '@unroll/contract'
import type { TakenNeeds } from '@unroll/store'
import type { GpuInventory } from '../gpus/inventory.ts'

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

/** What a job holds. */
export interface Slot {
  /** The GPUs that compute it, as they were when it came; none without any. */
  readonly gpus: readonly Gpu[]
  /** Bytes that the job is estimated to need on each device. */
  readonly needs: number
  /** Aborts when one of its GPUs can no longer be trained on. */
  readonly lost: AbortSignal
}

/** A slot, for one GPU at most. */
class Place {
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
  readonly #held = new Map<Slot, readonly Place[]>()
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

  /** How many train. */
  get busy(): number {
    return this.#places.filter(({ job }) => job !== null).length
  }

  /** How many jobs train on a GPU. */
  jobsOn(uuid: string): number {
    return this.#places.filter(({ gpu, job }) => gpu === uuid && job !== null).length
  }

  /** GPUs that may be used. */
  get gpus(): readonly Gpu[] {
    return this.#inventory.gpus
  }

  /** Of each slot that can train its GPU, or none. */
  get devices(): readonly (readonly Gpu[])[] {
    return this.#able().map((place) => this.#gpusOf([place]))
  }

  /** To be told once it is known what computes. */
  limit(limits: Limits): void {
    this.#limits = limits
  }

  /** The most that a job may need on any slot that can train, free or not. */
  get largestBytes(): number {
    return Math.max(0, ...this.#able().map(({ gpu }) => this.#bytesOf(gpu)))
  }

  /**
   * The most that a job may need to be taken now, of one device first; then, on each of two GPUs, of a job that asks for two,
   * and so on. Empty while no slot is free.
   */
  get openBytes(): readonly number[] {
    return apart(this.#free())
      .map((place) => this.#roomOf(place))
      .toSorted((a, b) => b - a)
  }

  /** Gives a job the free slots that it fills best, each of another GPU; undefined when there are not so many that it fits. */
  occupy(job: string, { memoryBytes, gpus }: TakenNeeds): Slot | undefined {
    const fitting = this.#free()
      .filter((free) => this.#roomOf(free) >= memoryBytes)
      .toSorted((a, b) => this.#roomOf(a) - this.#roomOf(b))
    const places = apart(fitting).slice(0, gpus)
    if (places.length < gpus) return undefined
    for (const place of places) Object.assign(place, { job, needs: memoryBytes })
    const lost = AbortSignal.any(places.map((place) => place.lost))
    const slot: Slot = { gpus: this.#gpusOf(places), needs: memoryBytes, lost }
    this.#held.set(slot, places)
    return slot
  }

  release(slot: Slot): void {
    for (const place of this.#held.get(slot) ?? []) {
      this.#places[this.#places.indexOf(place)] = new Place(place.gpu)
    }
    this.#held.delete(slot)
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

  #gpusOf(places: readonly Place[]): readonly Gpu[] {
    return places.flatMap(({ gpu }) => this.gpus.find(({ uuid }) => uuid === gpu) ?? [])
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

/** The first place of each GPU, in their order. */
function apart(places: readonly Place[]): readonly Place[] {
  return places.filter(({ gpu }, at) => places.findIndex((other) => other.gpu === gpu) === at)
}
