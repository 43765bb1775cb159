import type { JobSpec } from '../job_spec.ts'

/** How many time steps the gradient reaches back at most: T, or the largest k2 where backpropagation is truncated. */
export function gradientWindow({ bptt, sequence_length: T }: Pick<JobSpec, 'bptt' | 'sequence_length'>): number {
  if (bptt.mode === 'truncated') return Math.min(bptt.k2, T)
  return bptt.mode === 'adaptive' ? Math.min(bptt.k2_max ?? T, T) : T
}
