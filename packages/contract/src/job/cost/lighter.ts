import type { Accelerator } from '../sections/accelerators.ts'
import { memoryOn } from './estimate.ts'
import type { JobSpec } from '../job_spec.ts'
import type { Problem } from '../problem.ts'
import { countGpus, countMicroBatches } from './shards.ts'

/** A change of one field that reduces the memory of a job. */
export interface Lighter {
  readonly pointer: '/bptt/recompute' | '/training/gradient_accumulation'
  readonly value: number
  /** The estimated memory of the changed job. */
  readonly memoryBytes: number
}

/**
 * The change that reduces the estimated memory of a job to half or less on its device: storing less of the window,
 * which changes no number, or else the fewest micro-batches that suffice, which change numbers by rounding alone.
 * Undefined if neither suffices.
 */
export function lighterJob(spec: JobSpec, problem: Problem, accelerator: Accelerator): Lighter | undefined {
  const { bptt, training } = spec
  const needs = (changed: JobSpec) => memoryOn(changed, problem, accelerator)
  const most = needs(spec) / 2
  const kept = needs({ ...spec, bptt: { ...bptt, recompute: 1 } })
  if (kept <= most) return { pointer: '/bptt/recompute', value: 1, memoryBytes: kept }
  const gpus = countGpus(spec) // with equal numbers of rows
  const rows = training.batch_size / gpus
  for (let parts = countMicroBatches(spec) + 1; parts <= rows; parts++) {
    if (rows % parts !== 0) continue
    const memoryBytes = needs({ ...spec, training: { ...training, gradient_accumulation: parts } })
    if (memoryBytes <= most) return { pointer: '/training/gradient_accumulation', value: parts, memoryBytes }
  }
  return undefined
}
