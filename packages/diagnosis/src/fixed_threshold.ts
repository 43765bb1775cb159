import type { JobSpec } from '@unroll/contract'

type Clipping = JobSpec['clipping']
const FIXED = ['norm', 'value', 'parameter_norm', 'timestep'] as const
type Fixed = { policy: (typeof FIXED)[number] }

/** Whether a policy clips at a magnitude that the specification gives. */
export function isFixed(clipping: Clipping): clipping is Extract<Clipping, Fixed> {
  return (FIXED as readonly string[]).includes(clipping.policy)
}
