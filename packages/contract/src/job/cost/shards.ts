// The equal parts of a batch: micro-batches, which are computed one after another, and the shards of each. An engine may compute
// shards in parallel, on several GPUs each its own; their gradients are summed in the order of the shards, so that numbers
// depend on the number of shards and not on their devices.

import type { Accelerator } from '../sections/accelerators.ts'
import type { JobSpec } from '../job_spec.ts'

/** The value of `auto` on a CPU with any number of cores: the numbers of a run must not depend on the cores. */
const AUTO_ON_CPU = 2

/** The largest number of shards, up to `most`, that divides a batch of N rows into equal parts. */
export function shardCount(N: number, most: number): number {
  let count = Math.max(1, Math.min(N, most))
  while (N % count !== 0) count -= 1
  return count
}

/** The number of GPUs that compute a job, if GPUs do. */
export function countGpus({ resources: { gpus = 1 } }: Pick<JobSpec, 'resources'>): number {
  return gpus // absent from older records
}

/** The number of micro-batches that a batch is computed in, one after another. */
export function countMicroBatches({ training: { gradient_accumulation = 1 } }: Pick<JobSpec, 'training'>): number {
  return gradient_accumulation // absent from older records
}

/** Rows that are computed at a time: those of a micro-batch. */
export function countRows(spec: Pick<JobSpec, 'training'>): number {
  return spec.training.batch_size / countMicroBatches(spec)
}

/**
 * The number of shards of a job's micro-batch: with `auto` one for each GPU, because several on one GPU would wait for each
 * other.
 */
export function chooseShards(spec: Pick<JobSpec, 'training' | 'resources'>, accelerator: Accelerator): number {
  const { shards } = spec.resources
  const automatic = accelerator === 'gpu' ? countGpus(spec) : AUTO_ON_CPU
  return shardCount(countRows(spec), shards === 'auto' ? automatic : shards)
}
