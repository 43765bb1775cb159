import { EMBEDDED_REBER, findLongestCount, followers, writeCounted } from '@unroll/contract'
import type { Random } from '@unroll/random'
import type { Sample, Sampler } from './sampler.ts'

/** A string of aⁿbⁿ or aⁿbⁿcⁿ, n from 1 to the largest that fits, each as likely as the other. */
export const counting: Sampler<'counting'> = ({ letters }, T, random) => {
  const string = writeCounted(letters, 1 + random.integer(findLongestCount(letters, T)))
  return { inputs: string.map(({ input }) => input), targets: string.flatMap(({ targets }) => targets) }
}

/** One string that fits, drawn again as long as it is too long; or strings that follow each other, the last cut off. */
export const reber: Sampler<'reber'> = ({ continual }, T, random) => {
  if (continual) return walk(T, random)
  for (;;) {
    const string = walk(Infinity, random)
    if (string.inputs.length <= T) return string
  }
}

/** Walks `steps` edges of the embedded Reber grammar, or unless there is an end to them to before the last edge of one string. */
function walk(steps: number, random: Random): Sample {
  const { edges, start, last, end } = EMBEDDED_REBER
  const inputs: number[] = []
  const targets: number[] = []
  let node = start
  while (inputs.length < steps && (Number.isFinite(steps) || node !== last)) {
    const from = edges[node === end ? start : node]!
    const { symbol, to } = from[from.length === 1 ? 0 : random.integer(from.length)]!
    inputs.push(symbol)
    targets.push(...followers(to))
    node = to
  }
  return { inputs, targets }
}
