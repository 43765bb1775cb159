import type { BoundNetwork } from '../network/bound.ts'
import { forward, type StepBatch, type WindowStart } from '../passes/gradients.ts'
import { probeFlow } from './probe.ts'
import { spectralRadii } from './spectral_radii.ts'
import { saturation } from './saturation.ts'
import type { Tensors } from '../ops/tensors.ts'

/** Optional measurements that need extra computation. */
export interface Observed {
  readonly probe?: boolean
  readonly saturation?: boolean
}

export interface Observations<X> {
  /** Probe flow of each layer, as `readProbe` reads it. */
  readonly probe?: readonly Tensors<X>[]
  /** Saturation and spectral radii, scalars by series name. */
  readonly saturation?: Tensors<X>
}

/** A look at the network on a window before it is learned from: a forward pass of its own, so that no weight depends on it. */
export function observe<X>(
  bound: BoundNetwork<X>,
  start: WindowStart<X>,
  batch: StepBatch<X>,
  wanted: Observed,
): Observations<X> {
  const { ops, network, parameters } = bound
  const pass = forward(bound, start, batch.inputs, batch)
  return {
    ...(wanted.probe === true && { probe: probeFlow(bound, batch, pass) }),
    ...(wanted.saturation === true && {
      saturation: { ...saturation(ops, network, pass.runs), ...spectralRadii(ops, network, parameters) },
    }),
  }
}
