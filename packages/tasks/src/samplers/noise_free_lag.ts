import type { Sampler } from './sampler.ts'

/**
 * Noise-free lag (Hochreiter and Schmidhuber 1997, experiment 2a): one of two symbols (0, 1), then a fixed row of `lag`
 * distractors (2 … lag + 1), then the symbol as a target. With a target at every step, each earlier one is the symbol
 * that comes next. Longer sequences begin with the last distractor, without a target.
 */
export const noiseFreeLag: Sampler<'noise_free_lag'> = ({ lag, loss }, T, random) => {
  const symbol = random.integer(2)
  const shown = T - 1 - lag
  const inputs = Array.from({ length: T }, (_, t) => (t < shown ? lag + 1 : 1 + t - shown))
  inputs[shown] = symbol
  if (loss !== 'every_step') return { inputs, targets: [symbol] }
  return { inputs, targets: inputs.map((_, t) => (t < shown ? -1 : (inputs[t + 1] ?? symbol))) }
}
