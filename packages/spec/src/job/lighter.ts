import { estimate } from './estimate.ts'
import type { JobSpec } from './job_spec.ts'
import type { Problem } from './problem.ts'

/** A change of one field by which a job needs less memory. */
export interface Lighter {
  readonly pointer: '/bptt/recompute' | '/training/batch_size'
  readonly value: number
  /** What the job is then estimated to need. */
  readonly memoryBytes: number
}

/**
 * The change by which a job is estimated to need at most half of its memory: keeping less of the window, which changes no
 * number, or else the largest batch that does. Undefined when neither is enough.
 */
export function lighterJob(spec: JobSpec, problem: Problem): Lighter | undefined {
  const { bptt, training } = spec
  const most = estimate(spec, problem).memory_bytes / 2
  const needs = (changed: JobSpec) => estimate(changed, problem).memory_bytes
  const kept = needs({ ...spec, bptt: { ...bptt, recompute: 1 } })
  if (kept <= most) return { pointer: '/bptt/recompute', value: 1, memoryBytes: kept }
  for (let size = Math.floor(training.batch_size / 2); size >= 1; size = Math.floor(size / 2)) {
    const memoryBytes = needs({ ...spec, training: { ...training, batch_size: size } })
    if (memoryBytes <= most) return { pointer: '/training/batch_size', value: size, memoryBytes }
  }
  return undefined
}
