import type { Problem } from '../problem.ts'
import { indicatorWidth, inputWidth, readsSymbols } from './fields.ts'
import { answeredQuantiles } from '../sections/loss.ts'
import type { SequencesPlan } from './plan.ts'

/** The problem that a plan poses. What chance reaches is estimated from the whole data set; whoever has the data knows it better. */
export function sequencesProblem(plan: SequencesPlan): Problem {
  const { readout, horizon, width, loss, longest } = plan
  const answers = answeredQuantiles(loss).length
  const size = plan.classes?.length ?? width * horizon * answers
  return {
    inputs: describeInputs(plan),
    readout: { kind: readout, size, ...(loss !== null && { loss }) },
    mode: plan.targets.every(({ per }) => per === 'sequence') ? 'many_to_one' : 'many_to_many',
    chance: computeChance(plan),
    lag: 0,
    minimumLength: Math.min(1, longest),
  }
}

function describeInputs(plan: SequencesPlan): Problem['inputs'] {
  const width = plan.inputs.reduce((sum, field) => sum + inputWidth(field), 0)
  if (readsSymbols(plan)) return { kind: 'symbols', size: width + plan.masked.length } // one more stands for none
  const indicators = plan.masked.reduce((sum, field) => sum + indicatorWidth(field), 0)
  return { kind: 'vectors', size: width + indicators }
}

/** The loss of the best answer that reads nothing, as far as the fields tell; NaN where they do not. */
function computeChance({ problem, readout, classes, targets, loss, normalise }: SequencesPlan): Problem['chance'] {
  const [target] = targets
  const counts = (target?.categories ?? []).map(({ count }) => count)
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (classes !== null) {
    const entropy = -counts.reduce((sum, count) => sum + (count / total) * Math.log(Math.max(count, 1) / total), 0)
    const apart = counts.reduce((sum, count) => sum + binaryEntropy(count / total), 0) / counts.length
    return { loss: readout === 'softmax' ? entropy : apart, accuracy: Math.max(...counts) / total }
  }
  const mean = target?.mean ?? Number.NaN
  if (readout === 'sigmoid') {
    return { loss: binaryEntropy(mean), accuracy: Math.max(mean, 1 - mean) }
  }
  if (loss?.kind !== 'mse' || problem === 'forecast') return { loss: Number.NaN, accuracy: null }
  const { std, min, max } = target ?? {}
  const unit = { standard: std ?? 1, minmax: (max ?? 1) - (min ?? 0), none: 1 }[normalise]
  return { loss: ((std ?? Number.NaN) / (unit === 0 ? 1 : unit)) ** 2, accuracy: null }
}

function binaryEntropy(share: number): number {
  return share === 0 || share === 1 ? 0 : -share * Math.log(share) - (1 - share) * Math.log(1 - share)
}
