import type { Batch } from '@unroll/bptt'
import { classRow, macroF1 } from './f1.ts'
import type { Outputs, Scored, Scores } from './scored.ts'

/** The most classes that a confusion matrix is told of. */
const MOST_CLASSES = 100

/** How often each class of a target was answered by which. */
export class ClassScores implements Scores {
  readonly wantsOutputs = true
  readonly #classes: readonly string[]
  /** [target, answer] */
  readonly #counts: Float64Array

  constructor(classes: readonly string[]) {
    this.#classes = classes
    this.#counts = new Float64Array(classes.length ** 2)
  }

  add(outputs: Outputs, targets: Batch['targets']): void {
    const K = this.#classes.length
    const isIds = targets instanceof Int32Array
    for (let row = 0; row * (isIds ? 1 : K) < targets.length; row++) {
      const target = isIds ? targets[row]! : targets.subarray(row * K, (row + 1) * K).indexOf(1) // one-hot: NaN of none
      if (target >= 0) this.#counts[target * K + largest(outputs, row * K, K)]! += 1
    }
  }

  result(): Scored {
    const K = this.#classes.length
    const sum = (first: number, stride: number): number => {
      let total = 0
      for (let k = 0; k < K; k++) total += this.#counts[first + k * stride]!
      return total
    }
    const classes = this.#classes.map((name, c) =>
      classRow(name, { targets: sum(c * K, 1), answers: sum(c, K), right: this.#counts[c * K + c]! }),
    )
    const row = (c: number): number[] => [...this.#counts.subarray(c * K, (c + 1) * K)]
    return {
      scores: { accuracy: computeAccuracy(classes, (c) => this.#counts[c * K + c]!), macro_f1: macroF1(classes) },
      classes,
      ...(K <= MOST_CLASSES && { confusion: this.#classes.map((_, c) => row(c)) }),
    }
  }
}

/** The share of targets that are answered right. */
function computeAccuracy(classes: readonly { support: number }[], rightOf: (c: number) => number): number {
  const total = classes.reduce((sum, { support }) => sum + support, 0)
  return classes.reduce((sum, _, c) => sum + rightOf(c), 0) / total
}

/** The place of the largest of `count` numbers, the first of equals. */
function largest(values: Outputs, first: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[first + i]! > values[first + best]!) best = i
  return best
}
