import type { JobSpec } from '../job_spec.ts'

/** How many time steps the gradient reaches back at most: T, or k2 where backpropagation is truncated. */
export function gradientWindow({ bptt, sequence_length: T }: Pick<JobSpec, 'bptt' | 'sequence_length'>): number {
  return bptt.mode === 'truncated' ? Math.min(bptt.k2, T) : T
}
