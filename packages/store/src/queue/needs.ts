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

/** What all jobs of a line ask for. */
export interface Asked {
  wanted: AcceleratorClass
  labels: Labels
}

/** What a worker must have for a job. */
export interface Needs extends Asked {
  /** On a CPU; of a job that asks for GPUs on each of them. */
  memoryBytes: number
  /** On a GPU, where it may be computed on either. @default memoryBytes */
  gpuMemoryBytes?: number | undefined
  /** GPUs of one worker that compute it together. @default 1 */
  gpus?: number
}

/** What a slot has for a job. */
export interface Offer {
  accelerator: Accelerator
  labels: Labels
  memoryBytes: number
}

/** What a worker has room for: what `lua/includes/room.lua` is handed. */
export interface Room {
  accelerator: Accelerator
  /** Bytes that a job may need on each device: first of a job of one, then of one of two GPUs, and so on. */
  bytes: readonly number[]
}

/** What a job of the specification needs, at that cost. */
export function needsOf(
  { resources }: Pick<JobSpec, 'resources'>,
  { memory_bytes: memoryBytes, gpu_memory_bytes: gpuMemoryBytes }: Estimate,
): Needs {
  const { accelerator: wanted, labels } = resources
  return { wanted, labels, memoryBytes, gpuMemoryBytes, gpus: countGpus({ resources }) }
}

/** Bytes that a job needs on each device. */
export function bytesOn({ memoryBytes, gpuMemoryBytes = memoryBytes }: Needs, accelerator: Accelerator): number {
  return accelerator === 'gpu' ? gpuMemoryBytes : memoryBytes
}

/** Whether a slot by itself may train a job: what `lua/includes/room.lua` asks as well, of all slots of a worker at once. */
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

/** What a worker has room for while its slots are free. */
export function roomOf({
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

/** Whether a worker that has the labels and computes on what is asked for has room for a job: the same predicate as `lua/includes/room.lua`. */
export function hasRoom(needs: Needs, { accelerator, bytes }: Room): boolean {
  const open = bytes[(needs.gpus ?? 1) - 1]
  return open !== undefined && bytesOn(needs, accelerator) <= open
}
