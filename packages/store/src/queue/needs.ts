import {
  acceleratorsFor,
  countGpus,
  hasLabels,
  type Accelerator,
  type AcceleratorClass,
  type Estimate,
  type JobSpec,
  type Labels,
  type Worker,
} from '@unroll/contract'

/** The requirements that all jobs of a line share. */
export interface Asked {
  wanted: AcceleratorClass
  labels: Labels
}

/** The requirements of a job on a worker. */
export interface Needs extends Asked {
  /** Bytes on a CPU, or on each GPU of a job that asks for GPUs. */
  memoryBytes: number
  /** Bytes on a GPU, if the job may run on either device. @default memoryBytes */
  gpuMemoryBytes?: number | undefined
  /** Number of GPUs of one worker that compute it together. @default 1 */
  gpus?: number
}

/** The resources of a slot. */
export interface Offer {
  accelerator: Accelerator
  labels: Labels
  memoryBytes: number
}

/** The room of a worker, as an argument of `lua/includes/room.lua`. */
export interface Room {
  accelerator: Accelerator
  /** Bytes that a job may need on each device: first for a job on one GPU, then on two, and so on. */
  bytes: readonly number[]
}

/** The needs of a job with this specification and cost. */
export function computeNeeds(
  { resources }: Pick<JobSpec, 'resources'>,
  { memory_bytes: memoryBytes, gpu_memory_bytes: gpuMemoryBytes }: Estimate,
): Needs {
  const { accelerator: wanted, labels } = resources
  return { wanted, labels, memoryBytes, gpuMemoryBytes, gpus: countGpus({ resources }) }
}

/** Bytes of a job on each device. */
export function bytesOn({ memoryBytes, gpuMemoryBytes = memoryBytes }: Needs, accelerator: Accelerator): number {
  return accelerator === 'gpu' ? gpuMemoryBytes : memoryBytes
}

/**
 * Whether a single slot may train a job: the predicate of `lua/includes/room.lua`, which it applies to all slots of a
 * worker.
 */
export function fits(needs: Needs, offer: Offer): boolean {
  const { wanted, labels, gpus = 1 } = needs
  const accepted = acceleratorsFor(wanted)
  return (
    gpus === 1 &&
    accepted.includes(offer.accelerator) &&
    hasLabels(offer.labels, labels) &&
    bytesOn(needs, offer.accelerator) <= offer.memoryBytes
  )
}

/** The room of a worker whose slots are all free. */
export function computeRoom({
  accelerator,
  memory_bytes,
  gpus,
  slots,
}: Pick<Worker, 'accelerator' | 'memory_bytes' | 'gpus' | 'slots'>): Room {
  const bound = new Set(slots.map(({ gpu }) => gpu))
  const sound = accelerator === 'gpu' ? gpus.filter(({ uuid, fault }) => fault === null && bound.has(uuid)) : []
  const bytes = sound.map((gpu) => Math.min(gpu.memory_bytes ?? memory_bytes, memory_bytes)).toSorted((a, b) => b - a)
  return { accelerator, bytes: bytes.length > 0 ? bytes : [memory_bytes] }
}

/**
 * Whether a worker with the labels and the accelerator of a job has room for it: the same predicate as
 * `lua/includes/room.lua`.
 */
export function hasRoom(needs: Needs, { accelerator, bytes }: Room): boolean {
  const open = bytes[(needs.gpus ?? 1) - 1]
  return open !== undefined && bytesOn(needs, accelerator) <= open
}
