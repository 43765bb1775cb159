// Which steps of a batch its rows take: the one mask that every pass reads, whatever it comes from.

import type { Batch } from '@unroll/bptt'

/** What of a batch says which steps its rows take. */
type Masked = Pick<Batch, 'steps' | 'lengths' | 'mask'>

/** Whether rows of a batch may take fewer steps than it has. */
export function isMasked({ lengths, mask }: Pick<Masked, 'lengths' | 'mask'>): boolean {
  return lengths !== undefined || mask !== undefined
}

/** Whether rows of a batch do take fewer steps than it has. */
export function leavesStepsOut({ steps, lengths, mask }: Masked): boolean {
  return mask !== undefined || lengths?.some((length) => length < steps) === true
}

/** [T,N] of a batch that is masked: 1 at the steps that a row takes, up to its end and without those that it leaves out. */
export function stepMask({ steps, lengths, mask }: Masked): Float32Array {
  if (lengths === undefined) return Float32Array.from(mask ?? [])
  const N = lengths.length
  const taken = new Float32Array(steps * N)
  for (let n = 0; n < N; n++) for (let t = 0; t < lengths[n]!; t++) taken[t * N + n] = mask?.[t * N + n] ?? 1
  return taken
}
