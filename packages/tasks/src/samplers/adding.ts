import type { Random } from '@unroll/random'
import type { Sample, Sampler } from './sampler.ts'

/** Steps of (number, marker), one marker in each half; the target is made of the two marked numbers. */
function drawMarked(
  T: number,
  random: Random,
  { drawNumber, combine }: { drawNumber: () => number; combine: (first: number, second: number) => number },
): Sample {
  const half = Math.floor(T / 2)
  const places = [random.integer(half), half + random.integer(T - half)]
  const numbers = Array.from({ length: T }, drawNumber)
  const inputs = numbers.flatMap((number, t) => [number, places.includes(t) ? 1 : 0])
  const [first = 0, second = 0] = places.map((place) => numbers[place]!)
  return { inputs, targets: [combine(first, second)] }
}

/** Adding problem: the places are those of Arjovsky et al. 2016. */
export const adding: Sampler<'adding'> = ({ range }, T, random) =>
  drawMarked(T, random, {
    drawNumber: range === 'symmetric' ? () => 2 * random.uniform() - 1 : () => random.uniform(),
    combine: (first, second) => first + second,
  })

/** Multiplication problem, with the places of the adding problem. */
export const multiplication: Sampler<'multiplication'> = (_, T, random) =>
  drawMarked(T, random, { drawNumber: () => random.uniform(), combine: (first, second) => first * second })
