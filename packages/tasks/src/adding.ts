import type { Sampler } from './sampler.ts'

/**
 * Adding problem (Hochreiter and Schmidhuber 1997, experiment 4; one marker in each half as in Arjovsky et al. 2016).
 *
 * Each step is (number, marker); the target is the sum of the two marked numbers.
 */
export const adding: Sampler<'adding'> = ({ range }, T, random) => {
  const half = Math.floor(T / 2)
  const first = random.integer(half)
  const second = half + random.integer(T - half)
  const inputs: number[] = []
  let sum = 0
  for (let t = 0; t < T; t++) {
    const number = range === 'symmetric' ? 2 * random.uniform() - 1 : random.uniform()
    const marked = t === first || t === second
    inputs.push(number, marked ? 1 : 0)
    if (marked) sum += number
  }
  return { inputs, targets: [sum] }
}
