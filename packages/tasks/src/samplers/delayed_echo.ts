import type { Sampler } from './sampler.ts'

/** Before the first echo there is no target. */
export const delayedEcho: Sampler<'delayed_echo'> = ({ symbols, lag }, T, random) => {
  const inputs = Array.from({ length: T }, () => random.integer(symbols))
  return { inputs, targets: inputs.map((_, t) => inputs[t - lag] ?? -1) }
}
