import type { Batch } from '@unroll/bptt'
import { classRow, macroF1 } from './f1.ts'
import type { Outputs, Scored, Scores } from './scored.ts'

/** How often each label was 1, answered so, and both. */
export class LabelScores implements Scores {
  readonly wantsOutputs = true
  readonly #labels: { targets: number; answers: number; right: number }[]

  constructor(labels: number) {
    this.#labels = Array.from({ length: labels }, () => ({ targets: 0, answers: 0, right: 0 }))
  }

  add(outputs: Outputs, targets: Batch['targets']): void {
    for (let i = 0; i < targets.length; i++) {
      if (Number.isNaN(targets[i]!)) continue
      const label = this.#labels[i % this.#labels.length]!
      const isTarget = targets[i]! > 0.5
      const isAnswer = outputs[i]! > 0
      label.targets += Number(isTarget)
      label.answers += Number(isAnswer)
      label.right += Number(isTarget && isAnswer)
    }
  }

  result(): Scored {
    const classes = this.#labels.map((label, index) => classRow(String(index), label))
    return { scores: { macro_f1: macroF1(classes) }, classes }
  }
}
