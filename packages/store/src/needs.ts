import { acceleratorsFor, hasLabels, type Accelerator, type Estimate, type JobSpec, type Labels } from '@unroll/spec'
import type { Asked } from './line.ts'

/** What a worker must have for a job. */
export interface Needs extends Asked {
  memoryBytes: number
}

/** What a slot has for a job. */
export interface Offer {
  accelerator: Accelerator
  labels: Labels
  memoryBytes: number
}

/** What a job of the specification needs, at that cost. */
export function needsOf({ resources }: Pick<JobSpec, 'resources'>, { memory_bytes }: Estimate): Needs {
  return { wanted: resources.accelerator, labels: resources.labels, memoryBytes: memory_bytes }
}

/** Whether a slot may train a job: what `lua/take.lua` and `lua/has_fitting.lua` ask as well, of all slots of a worker at once. */
export function fits({ wanted, labels, memoryBytes }: Needs, offer: Offer): boolean {
  const accepted = acceleratorsFor(wanted)
  return accepted.includes(offer.accelerator) && hasLabels(offer.labels, labels) && memoryBytes <= offer.memoryBytes
}
