import { usesDataset, type JobSpec } from '@unroll/contract'
import { stepAtShare } from '../looked_at.ts'
import { meanLoss } from '../observations.ts'
import { fasterLearning, isSlow } from '../remedies/faster_learning.ts'
import { higherThreshold } from '../remedies/higher_threshold.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import { widerWindow } from '../remedies/wider_window.ts'
import type { Rule } from '../rule.ts'

const MOST = 0.9 // of the loss at chance
const SHARE = 0.5 // of the run
const STEPS = 200
const ROWS = 50

/** A run whose loss is no better than the best loss without memory. */
export const atChance: Rule = {
  code: 'at_chance',
  from: (spec) =>
    isWeighted(spec)
      ? 'the training loss has class weights, and the loss at chance has none'
      : Math.max(STEPS, stepAtShare(spec, SHARE)),
  find(seen) {
    const { spec, rows, chance } = seen
    const newest = rows.slice(-ROWS)
    const last = newest.at(-1)
    if (last === undefined || !(chance > 0)) return null
    const loss = meanLoss(newest)
    if (loss < MOST * chance) return null
    const further = [...higherThreshold(seen), ...widerWindow(spec), ...longerReach(spec, spec.sequence_length)]
    return {
      fromStep: newest[0]?.step ?? last.step,
      toStep: last.step,
      figures: { mean_loss: loss, chance_loss: chance },
      remedies: isSlow(spec) ? [fasterLearning(spec), ...further] : [...further, fasterLearning(spec)],
    }
  },
}

function isWeighted({ data }: JobSpec): boolean {
  return usesDataset(data) && data.class_weights === 'balanced'
}
