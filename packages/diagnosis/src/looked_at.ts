// Computes when a rule has enough data, from the observations of the specification.

import { isGated, type JobSpec } from '@unroll/contract'
import { flowIsProbe } from './flow_reading.ts'

/** The share of a run that the random initial state has to change before a rule judges it. */
const WARM_UP = 0.05
/** Gates begin half open and learn to open: for cells with gates, early observations say little. */
const GATED_WARM_UP = 0.5

/**
 * The first step at which the probe flow was observed this often and training has had time to correct it.
 *
 * @param opens whether what it shows may change as gates open
 */
export function probedFrom(
  spec: JobSpec,
  observations: number,
  opens: boolean = isGated(spec.model.cell),
): number | string {
  const every = probedEvery(spec)
  if (every === 0) return 'the probe flow is not measured: set observe.probe_every'
  const share = opens ? GATED_WARM_UP : WARM_UP
  return Math.max(nthObservedStep(observations, every), stepAtShare(spec, share))
}

/** Training steps between two observations of the probe flow; 0 if there are none. */
export function probedEvery(spec: JobSpec): number {
  const { probe_every, flow_every } = spec.observe
  const all = [probe_every, flowIsProbe(spec) ? flow_every : 0].filter((every) => every > 0)
  return all.length === 0 ? 0 : Math.min(...all)
}

/** The step of the n-th observation of a quantity that is observed at the first step and at each multiple. */
export function nthObservedStep(n: number, every: number): number {
  return every === 1 ? n : (n - 1) * every
}

/** The step after a share of the run. */
export function stepAtShare({ training }: JobSpec, share: number): number {
  return Math.ceil(share * training.max_steps)
}
