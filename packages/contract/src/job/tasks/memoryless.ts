// Chance: what the best answer reaches that knows the time step and its input, and remembers nothing.

import type { Problem } from '../problem.ts'

/** What may be wanted at a step of the sequences of a task. */
export interface Outcome {
  readonly step: number
  /** The symbol that is read at the step. */
  readonly input: number
  /** Of each output. */
  readonly targets: readonly number[]
  /** How often it happens, in any unit. */
  readonly weight: number
}

/** Weights and sums of what one memoryless answer is given for. */
interface Group {
  weight: number
  readonly sums: number[]
  readonly squares: number[]
}

/** Chance where each output is a label, 0 or 1: the answer is its share. Outcomes come step by step. */
export function chanceOfLabels(outcomes: Iterable<Outcome>): Problem['chance'] {
  const sum = { loss: 0, right: 0, count: 0 }
  for (const { weight, sums } of group(outcomes))
    for (const ones of sums) {
      sum.loss += weight * entropy(ones / weight)
      sum.right += Math.max(ones, weight - ones)
      sum.count += weight
    }
  return { loss: sum.loss / sum.count, accuracy: sum.right / sum.count }
}

/** Chance where each output is a number: the answer is its mean, and the loss the variance. Outcomes come step by step. */
export function chanceOfValues(outcomes: Iterable<Outcome>): Problem['chance'] {
  const sum = { loss: 0, count: 0 }
  for (const { weight, sums, squares } of group(outcomes))
    for (const [k, square] of squares.entries()) {
      sum.loss += square - sums[k]! ** 2 / weight
      sum.count += weight
    }
  return { loss: sum.loss / sum.count, accuracy: null }
}

/** The outcomes of each step and input; those of a step follow each other. */
function* group(outcomes: Iterable<Outcome>): Generator<Group> {
  let groups = new Map<number, Group>()
  let current = 0
  for (const { step, input, targets, weight } of outcomes) {
    if (step !== current) yield* groups.values()
    if (step !== current) groups = new Map()
    current = step
    if (weight === 0) continue
    const found = groups.get(input) ?? { weight: 0, sums: targets.map(() => 0), squares: targets.map(() => 0) }
    groups.set(input, found)
    found.weight += weight
    for (const [k, target] of targets.entries()) {
      found.sums[k]! += weight * target
      found.squares[k]! += weight * target ** 2
    }
  }
  yield* groups.values()
}

/** Of a label that is 1 with probability p, in nats. */
function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log1p(-p)
}
