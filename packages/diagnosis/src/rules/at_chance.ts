import { usesDataset, type JobSpec } from '@unroll/contract'
import { stepAtShare } from '../looked_at.ts'
import { newestLoss, readLosses } from '../sequences.ts'
import type { Observations } from '../observations.ts'
import { causesFirst } from '../remedies/causes_first.ts'
import { fasterLearning, isSlow } from '../remedies/faster_learning.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import { widerWindow } from '../remedies/wider_window.ts'
import type { Rule } from '../rule.ts'
import { fitLine, type Line } from '../statistics.ts'

const MOST = 0.9 // of the loss at chance
/** Of the run: what has been at chance for so long rarely gets away from it in the steps that are left. */
const SHARE = 0.75
const STEPS = 200
/** Of the run, whose newest losses show where it is going. */
const TREND = 0.25
/** Standard errors beyond which a slope is no chance. */
const SIGNIFICANT = 2

/** A run whose loss is no better than the best loss without memory, and not on its way there. */
export const atChance: Rule = {
  code: 'at_chance',
  from: (spec) =>
    isWeighted(spec)
      ? 'the training loss has class weights, and the loss at chance has none'
      : Math.max(STEPS, stepAtShare(spec, SHARE)),
  find(seen) {
    const { spec, rows, chance } = seen
    const last = rows.at(-1)
    if (last === undefined || !(chance > 0)) return null
    const loss = newestLoss(spec, rows)
    if (loss < MOST * chance || isOnItsWay(seen, loss)) return null
    const further = [...widerWindow(spec), ...longerReach(spec, spec.sequence_length)]
    return {
      fromStep: rows.at(-50)?.step ?? rows[0]?.step ?? last.step,
      toStep: last.step,
      figures: { mean_loss: loss, chance_loss: chance },
      remedies: [
        ...causesFirst(seen),
        ...(isSlow(spec) ? [fasterLearning(seen), ...further] : [...further, fasterLearning(seen)]),
      ],
    }
  },
}

/**
 * Whether the loss falls, by more than its noise, and is below that at chance, or gets below what counts as chance before the run ends if
 * it goes on to: what it comes to is then known at the last step alone.
 */
function isOnItsWay({ spec, rows, chance }: Observations, loss: number): boolean {
  const left = spec.training.max_steps - (rows.at(-1)?.step ?? 0)
  const { slope, slopeError } = fitTrend(spec, rows)
  const isFalling = left > 0 && slope < -SIGNIFICANT * slopeError
  return isFalling && (loss < chance || loss + slope * left < MOST * chance)
}

function fitTrend(spec: JobSpec, rows: Observations['rows']): Line {
  const from = (rows.at(-1)?.step ?? 0) - stepAtShare(spec, TREND)
  return fitLine(
    readLosses(
      spec,
      rows.filter(({ step }) => step > from),
    ).map(({ step, loss }) => [step, loss]),
  )
}

function isWeighted({ data }: JobSpec): boolean {
  return usesDataset(data) && data.class_weights === 'balanced'
}
