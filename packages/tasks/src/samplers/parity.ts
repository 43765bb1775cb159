import type { Sampler } from './sampler.ts'

export const parity: Sampler<'parity'> = (_, T, random) => {
  const shortest = Math.ceil(T / 2)
  const inputs = Array.from({ length: shortest + random.integer(T - shortest + 1) }, () => random.integer(2))
  return { inputs, targets: [inputs.reduce((sum, bit) => sum + bit, 0) % 2] }
}
