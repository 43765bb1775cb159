import type { Clipping, ClippingPolicy } from '@unroll/contract'
import { adaptive } from './adaptive.ts'
import { none } from './none.ts'
import { norm } from './norm.ts'
import { parameterNorm } from './parameter_norm.ts'
import { percentile } from './percentile.ts'
import type { ClipPolicy } from './policy.ts'
import { timestep } from './timestep.ts'
import { value } from './value.ts'
import { zscore } from './zscore.ts'

const POLICIES: { readonly [Policy in ClippingPolicy]: ClipPolicy<Extract<Clipping, { policy: Policy }>> } = {
  none,
  value,
  norm,
  parameter_norm: parameterNorm,
  timestep,
  adaptive,
  percentile,
  zscore,
}

/** The policy that clipping settings name. */
export function clipPolicy(settings: Clipping): ClipPolicy<Clipping> {
  return POLICIES[settings.policy]
}

/** Shapes of the memory of a policy. */
export function clippingStateShapes(settings: Clipping): Readonly<Record<string, readonly number[]>> {
  return clipPolicy(settings).state?.(settings) ?? {}
}
