import type { Random } from '@unroll/random'
import type { Sample, Sampler } from './sampler.ts'

/** Steps of (number, marker), one marker in each half; the target is made of the two marked numbers. */
function drawMarked(
  T: number,
  random: Random,
  { drawNumber, combine }: { drawNumber: () => number; combine: (first: number, second: number) => number },
): Sample {
  const half = Math.floor(T / 2)
  const [first, second] = [random.integer(half), half + random.integer(T - half)] as const
  const inputs: number[] = []
  for (let t = 0; t < T; t++) inputs.push(drawNumber(), t === first || t === second ? 1 : 0)
  return { inputs, targets: [combine(inputs[2 * first]!, inputs[2 * second]!)] }
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
