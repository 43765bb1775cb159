import type { Sampler } from './sampler.ts'

/** Input spikes at t₁ and t₁ + D, output spike at t₁ + 2D. */
export const timing: Sampler<'timing'> = ({ shortest, longest }, T, random) => {
  const first = random.integer(T - 2 * longest)
  const interval = shortest + random.integer(longest - shortest + 1)
  const spikes = (...places: number[]) => Array.from({ length: T }, (_, t) => (places.includes(t) ? 1 : 0))
  return { inputs: spikes(first, first + interval), targets: spikes(first + 2 * interval) }
}
