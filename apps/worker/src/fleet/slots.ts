// The slots of a worker and their GPUs. A job has one slot, or one for each of its GPUs.

import type { Gpu, Worker } from '@unroll/contract'
import type { TakenNeeds } from '@unroll/store'
import type { GpuInventory } from '../gpus/inventory.ts'

export interface SlotsOptions {
  inventory: Pick<GpuInventory, 'gpus'>
  /** The number of slots. @default one for each GPU, or one without any */
  count: number | undefined
}

/** Largest estimated memory of a job, in bytes. */
export interface Limits {
  /** Whether the GPUs compute jobs and therefore must have the memory. */
  onGpu: boolean
  /** Memory of the process, and of a GPU without its own memory. */
  processBytes: number
  /** The bound set by the operator. */
  mostBytes?: number | undefined
}

/** The slots and GPUs of a job. */
export interface Slot {
  /** The GPUs that compute it, as they were at its start; none without GPUs. */
  readonly gpus: readonly Gpu[]
  /** Estimated bytes of the job on each device. */
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
  #reservedBytes = 0

  constructor({ inventory, count }: SlotsOptions) {
    this.#inventory = inventory
    // Working ones first: the first defines the device of this machine.
    const gpus = inventory.gpus.toSorted((a, b) => Number(a.fault !== null) - Number(b.fault !== null))
    const length = count ?? Math.max(gpus.length, 1)
    this.#places = Array.from({ length }, (_, at) => new Place(gpus[at % gpus.length]?.uuid))
  }

  get count(): number {
    return this.#places.length
  }

  /** Number of slots that train. */
  get busy(): number {
    return this.#places.filter(({ job }) => job !== null).length
  }

  /** Number of jobs on a GPU. */
  jobsOn(uuid: string): number {
    return this.#places.filter(({ gpu, job }) => gpu === uuid && job !== null).length
  }

  /** Usable GPUs. */
  get gpus(): readonly Gpu[] {
    return this.#inventory.gpus
  }

  /** The GPU, if any, of each slot that can train. */
  get devices(): readonly (readonly Gpu[])[] {
    return this.#able().map((place) => this.#listGpus([place]))
  }

  /** To be called once the device is known. */
  limit(limits: Limits): void {
    this.#limits = limits
  }

  /** Keeps memory of the process from jobs that start from now on: that of models that answer predictions. */
  reserve(bytes: number): void {
    this.#reservedBytes = Math.max(0, bytes)
  }

  /** Largest memory of a job on any slot that can train, free or not, while no predictions are answered. */
  get largestBytes(): number {
    return Math.max(0, ...this.#able().map(({ gpu }) => this.#measureBytes(gpu)))
  }

  /**
   * Largest memory of a job that can start now: first for one device, then on each of two GPUs for a job that asks for
   * two, and so on. Empty without a free slot.
   */
  get openBytes(): readonly number[] {
    return apart(this.#free())
      .map((place) => this.#measureRoom(place))
      .toSorted((a, b) => b - a)
  }

  /** Assigns a job the best fitting free slots, each of another GPU; undefined if there are not enough. */
  occupy(job: string, { memoryBytes, gpus }: TakenNeeds): Slot | undefined {
    const fitting = this.#free()
      .filter((free) => this.#measureRoom(free) >= memoryBytes)
      .toSorted((a, b) => this.#measureRoom(a) - this.#measureRoom(b))
    const places = apart(fitting).slice(0, gpus)
    if (places.length < gpus) return undefined
    for (const place of places) Object.assign(place, { job, needs: memoryBytes })
    const lost = AbortSignal.any(places.map((place) => place.lost))
    const slot: Slot = { gpus: this.#listGpus(places), needs: memoryBytes, lost }
    this.#held.set(slot, places)
    return slot
  }

  release(slot: Slot): void {
    for (const place of this.#held.get(slot) ?? []) {
      this.#places[this.#places.indexOf(place)] = new Place(place.gpu)
    }
    this.#held.delete(slot)
  }

  /** Notifies the slots whose GPU can no longer train. To be called after each reading of the inventory. */
  check(): void {
    const able = new Set(this.#able())
    for (const place of this.#places) if (!able.has(place)) place.lose()
  }

  /** The slots as the fleet sees them. */
  record(): Pick<Worker, 'slots' | 'gpus' | 'memory_bytes'> {
    return {
      slots: this.#places.map((place) => ({
        job: place.job,
        memory_bytes: this.#measureRoom(place),
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

  #listGpus(places: readonly Place[]): readonly Gpu[] {
    return places.flatMap(({ gpu }) => this.gpus.find(({ uuid }) => uuid === gpu) ?? [])
  }

  #measureBytes(uuid: string | undefined): number {
    const { onGpu, processBytes, mostBytes = Infinity } = this.#limits
    if (!onGpu) return Math.min(mostBytes, processBytes)
    return Math.min(mostBytes, this.gpus.find((gpu) => gpu.uuid === uuid)?.memory_bytes ?? processBytes)
  }

  /** The memory that other jobs on the same GPU, or models that answer predictions, leave for this slot. */
  #measureRoom(place: Place): number {
    const { gpu } = place
    if (!this.#limits.onGpu) return Math.max(0, this.#measureBytes(gpu) - this.#reservedBytes)
    const neighbours = this.#places.filter((other) => other.gpu === gpu && other !== place)
    return this.#measureBytes(gpu) - neighbours.reduce((sum, { needs }) => sum + needs, 0)
  }
}

/** The first slot of each GPU, in their order. */
function apart(places: readonly Place[]): readonly Place[] {
  return places.filter(({ gpu }, at) => places.findIndex((other) => other.gpu === gpu) === at)
}
