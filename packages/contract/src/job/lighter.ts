import type { Accelerator } from './accelerators.ts'
import { memoryOn } from './estimate.ts'
import type { JobSpec } from './job_spec.ts'
import type { Problem } from './problem.ts'
import { countGpus } from './shards.ts'

/** A change of one field by which a job needs less memory. */
export interface Lighter {
  readonly pointer: '/bptt/recompute' | '/training/batch_size'
  readonly value: number
  /** What the job is then estimated to need. */
  readonly memoryBytes: number
}

/**
 * The change by which a job is estimated to need at most half of its memory on what computes it: keeping less of the window, which changes no
 * number, or else the largest batch that does. Undefined when neither is enough.
 */
export function lighterJob(spec: JobSpec, problem: Problem, accelerator: Accelerator): Lighter | undefined {
  const { bptt, training } = spec
  const needs = (changed: JobSpec) => memoryOn(changed, problem, accelerator)
  const most = needs(spec) / 2
  const kept = needs({ ...spec, bptt: { ...bptt, recompute: 1 } })
  if (kept <= most) return { pointer: '/bptt/recompute', value: 1, memoryBytes: kept }
  const gpus = countGpus(spec) // each of which has as many rows as the others
  for (let rows = Math.floor(training.batch_size / gpus / 2); rows >= 1; rows = Math.floor(rows / 2)) {
    const size = gpus * rows
    const memoryBytes = needs({ ...spec, training: { ...training, batch_size: size } })
    if (memoryBytes <= most) return { pointer: '/training/batch_size', value: size, memoryBytes }
  }
  return undefined
}
