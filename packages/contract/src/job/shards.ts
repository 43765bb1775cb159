// The equal parts that a batch is cut into. An engine that can computes them side by side, on several GPUs each its own; their
// gradients are added up in the order of the shards, so that numbers depend on how many there are and not on where they are.

import type { Accelerator } from './accelerators.ts'
import type { JobSpec } from './job_spec.ts'

/** What `auto` is on a CPU, however many cores it has: the numbers of a run are not to depend on that. */
const AUTO_ON_CPU = 2

/** The most shards, up to `most`, that cut a batch of N rows into equal parts. */
export function shardCount(N: number, most: number): number {
  let count = Math.max(1, Math.min(N, most))
  while (N % count !== 0) count -= 1
  return count
}

/** How many GPUs compute a job together, where GPUs do. */
export function countGpus({ resources: { gpus = 1 } }: Pick<JobSpec, 'resources'>): number {
  return gpus // absent from records of before it
}

/** The shards of a job's batch: with `auto` one a GPU, whose parts would else wait for each other. */
export function chooseShards(spec: Pick<JobSpec, 'training' | 'resources'>, accelerator: Accelerator): number {
  const { shards } = spec.resources
  const automatic = accelerator === 'gpu' ? countGpus(spec) : AUTO_ON_CPU
  return shardCount(spec.training.batch_size, shards === 'auto' ? automatic : shards)
}
