import type { Random } from '@unroll/random'
import type { Model } from '@unroll/contract'

type Init = Model['init']

const DRAWS: Readonly<Record<Init['recurrent'], (init: Init, bound: number, random: Random) => number>> = {
  orthogonal: (_, bound, random) => bound * (2 * random.uniform() - 1),
  glorot_uniform: (_, bound, random) => bound * (2 * random.uniform() - 1),
  identity: () => 1,
  normal: ({ std }, bound, random) => Math.max(-bound, Math.min(bound, std * random.normal())),
}

/**
 * Initial u [H] of indrnn: |u| ≤ 2^(1/T), so that no unit more than doubles over T steps (Li et al. 2018); uniform within
 * that bound, unless the initialisation is the identity (ones) or normal. A spectral radius sets the largest |u| itself.
 */
export function initialUnits(H: number, init: Init, T: number, random: Random): Float64Array {
  const bound = 2 ** (1 / T)
  const units = Float64Array.from({ length: H }, () => DRAWS[init.recurrent](init, bound, random))
  if (init.spectral_radius === null) return units
  const factor = init.spectral_radius / units.reduce((largest, u) => Math.max(largest, Math.abs(u)), 0)
  return units.map((u) => u * factor)
}
