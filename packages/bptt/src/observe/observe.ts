import type { Window } from '../engine.ts'
import { forward, type ModelState, type StepBatch } from '../passes/gradients.ts'
import type { Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { probeFlow } from './probe.ts'
import { spectralRadii } from './spectral_radii.ts'
import { saturation } from './saturation.ts'
import type { Tensors } from '../ops/tensors.ts'

/** What costs work of its own, so only where it is asked for. */
export interface Observed {
  readonly probe?: boolean
  readonly saturation?: boolean
}

export interface Observations<X> {
  /** Probe flow of each layer's states, [T] each. */
  readonly probe?: readonly Tensors<X>[]
  /** Saturation and spectral radii, scalars by series name. */
  readonly saturation?: Tensors<X>
}

/** A look at the network on a window before it is learned from: a forward pass of its own, so that no weight depends on it. */
export function observe<X>(
  ops: Ops<X>,
  network: Network,
  state: ModelState<X>,
  batch: StepBatch<X>,
  from: Window['from'],
  wanted: Observed,
): Observations<X> {
  const { parameters } = state
  const pass = forward(ops, network, state, batch.inputs, from, batch)
  return {
    ...(wanted.probe === true && { probe: probeFlow(ops, network, parameters, batch, pass) }),
    ...(wanted.saturation === true && {
      saturation: { ...saturation(ops, network, pass.runs), ...spectralRadii(ops, network, parameters) },
    }),
  }
}
