import type { CrossEntropy, Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'
import { matrixShape } from '../shape.ts'

/** Totals over all targets; dLogits is written in place. */
interface Totals {
  loss: number
  count: number
  correct: number
}

/** What a kernel reads: logits [R,V], their targets, and the weight [V] of each class; all 1 unless given. */
interface Given {
  readonly logits: Values
  readonly targets: Values
  readonly V: number
  readonly weights?: Values | undefined
}

/** Writes the gradient into `dLogits` [R,V]. */
type Kernel = (given: Given, dLogits: Values) => Totals

export function crossEntropies<X>(memory: Memory<X>): Pick<Ops<X>, 'softmaxCrossEntropy' | 'sigmoidCrossEntropy'> {
  const scalar = (value: number): X => {
    const x = memory.create([])
    memory.values(x)[0] = value
    return x
  }
  const of =
    (kernel: Kernel) =>
    (logits: X, targets: X, weights?: X): CrossEntropy<X> => {
      const [, V] = matrixShape(memory.shape(logits))
      const dLogits = memory.create(memory.shape(logits))
      const given = { logits: memory.values(logits), targets: memory.values(targets), V }
      const totals = kernel({ ...given, weights: weights && memory.values(weights) }, memory.values(dLogits))
      return {
        loss: scalar(totals.loss),
        dLogits,
        count: scalar(totals.count),
        correct: scalar(totals.correct),
      }
    }
  return { softmaxCrossEntropy: of(softmaxKernel), sigmoidCrossEntropy: of(sigmoidKernel) }
}

/** -log softmax(o)[target] and softmax(o) - onehot(target), row by row, times the weight of the target; all zeros in a row without target. */
function softmaxKernel({ logits, targets, V, weights }: Given, dLogits: Values): Totals {
  const totals: Totals = { loss: 0, count: 0, correct: 0 }
  dLogits.fill(0)
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!
    if (target < 0) continue
    const first = row * V
    const largest = largestIndex(logits, first, V)
    const shift = logits[largest]!
    let sum = 0
    for (let i = first; i < first + V; i++) sum += dLogits[i] = Math.exp(logits[i]! - shift)
    for (let i = first; i < first + V; i++) dLogits[i]! /= sum
    dLogits[first + target]! -= 1
    const weight = weights?.[target] ?? 1
    if (weight !== 1) for (let i = first; i < first + V; i++) dLogits[i]! *= weight
    totals.loss += weight * (Math.log(sum) + shift - logits[first + target]!)
    totals.count += 1
    totals.correct += Number(largest === first + target)
  }
  return totals
}

/** Index of the largest of V values, or of the first NaN. */
function largestIndex(values: Values, first: number, V: number): number {
  let largest = first
  for (let i = first; i < first + V; i++) {
    if (Number.isNaN(values[i])) return i
    if (values[i]! > values[largest]!) largest = i
  }
  return largest
}

/** max(o,0) - o·target + log(1 + e^-|o|), which does not overflow, and σ(o) - target. */
function sigmoidKernel({ logits, targets }: Given, dLogits: Values): Totals {
  const totals: Totals = { loss: 0, count: 0, correct: 0 }
  dLogits.fill(0)
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!
    const o = logits[i]!
    if (Number.isNaN(target)) continue
    totals.loss += Math.max(o, 0) - o * target + Math.log1p(Math.exp(-Math.abs(o)))
    totals.count += 1
    totals.correct += Number(o > 0 === target > 0.5)
    dLogits[i] = 1 / (1 + Math.exp(-o)) - target
  }
  return totals
}
