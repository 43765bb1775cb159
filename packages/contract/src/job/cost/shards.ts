// The equal parts of a batch. An engine may compute them in parallel, on several GPUs each its own; their gradients are
// summed in the order of the shards, so that numbers depend on the number of shards and not on their devices.

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

/**
 * The number of shards of a job's batch: with `auto` one for each GPU, because several on one GPU would wait for each
 * other.
 */
export function chooseShards(spec: Pick<JobSpec, 'training' | 'resources'>, accelerator: Accelerator): number {
  const { shards } = spec.resources
  const automatic = accelerator === 'gpu' ? countGpus(spec) : AUTO_ON_CPU
  return shardCount(spec.training.batch_size, shards === 'auto' ? automatic : shards)
}
