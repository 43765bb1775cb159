import type { Problem } from '@unroll/contract'
import type { Sample } from '../samplers/sampler.ts'

/**
 * Loss and accuracy of the best answer for each step and input, where these are symbols or spikes: numbers of the input alone say
 * little of a sum or a product.
 */
export function simulateChance(
  { inputs, readout, mode }: Problem,
  samples: Iterable<Sample>,
): { loss: number; accuracy: number } {
  const groups = new Map<string, number[][]>()
  const X = inputs.kind === 'vectors' ? inputs.size : 1
  const K = readout.kind === 'softmax' ? 1 : readout.size
  for (const { inputs: x, targets } of samples)
    for (let at = 0; at < targets.length; at += K) {
      const step = mode === 'many_to_many' ? at / K : x.length / X - 1
      const key = `${mode === 'many_to_many' ? step : 'last'} ${X === 1 ? x[step] : ''}`
      const target = targets.slice(at, at + K)
      if (target[0] === -1) continue
      const group = groups.get(key) ?? []
      groups.set(key, group)
      group.push(target)
    }
  return sumGroups([...groups.values()], readout)
}

/** The most frequent answer is that of one half of a group, and is asked of the other. */
function sumGroups(
  groups: readonly number[][][],
  { kind, size }: Problem['readout'],
): { loss: number; accuracy: number } {
  const sum = { loss: 0, right: 0, count: 0 }
  const outputs = Array.from({ length: kind === 'softmax' ? 1 : size }, (_, k) => k)
  for (const values of groups.flatMap((group) => outputs.map((k) => group.map((target) => target[k]!)))) {
    const middle = Math.floor(values.length / 2)
    const halves = [values.slice(0, middle), values.slice(middle)].map(tally)
    for (const [at, counts] of halves.entries()) {
      const mostFrequent = [...halves[1 - at]!].toSorted(([, x], [, y]) => y - x)[0]?.[0]
      sum.right += counts.get(mostFrequent ?? Number.NaN) ?? 0
    }
    sum.count += values.length
    sum.loss += values.length * (kind === 'identity' ? findVariance(values) : findEntropy(values))
  }
  return { loss: sum.loss / sum.count, accuracy: sum.right / sum.count }
}

function findVariance(values: readonly number[]): number {
  const mean = values.reduce((all, value) => all + value, 0) / values.length
  return values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length
}

function findEntropy(values: readonly number[]): number {
  const shares = [...tally(values).values()].map((count) => count / values.length)
  return shares.reduce((sum, share) => sum - share * Math.log(share), 0)
}

function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
