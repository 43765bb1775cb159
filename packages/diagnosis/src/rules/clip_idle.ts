import { isFixed } from '../fixed_threshold.ts'
import { stepAtShare } from '../looked_at.ts'
import { finiteNorms, isLearning } from '../observations.ts'
import type { Rule } from '../rule.ts'
import { percentile, rounded } from '../statistics.ts'

const STEPS = 100
const SHARE = 0.1 // of the run
const MARGIN = 4 // between the largest norm and the threshold
const CUT = 99 // percentile of the norm to clip at

/**
 * A threshold so far above all norms that it would not catch much either. Nothing is proposed: what no norm reaches has changed no
 * update, so that another threshold is for safety and not for the loss.
 */
export const clipIdle: Rule = {
  code: 'clip_idle',
  from: (spec) =>
    isFixed(spec.clipping) ? Math.max(STEPS, stepAtShare(spec, SHARE)) : 'no policy with a fixed threshold clips',
  find(seen) {
    const { spec, rows, largestNorm } = seen
    const { clipping } = spec
    const last = rows.at(-1)
    if (last === undefined || !isFixed(clipping) || last.clippedSteps > 0) return null
    if (!isLearning(seen)) return null // the largest norms are those of the onset of learning
    if (!(largestNorm < clipping.threshold / MARGIN)) return null
    const norms = finiteNorms(rows)
    const threshold = rounded(percentile(norms, CUT), 2)
    return {
      fromStep: 1,
      toStep: last.step,
      figures: { clipped_share: 0, grad_norm_p50: percentile(norms, 50), grad_norm_max: largestNorm },
      advice: `The threshold has changed no update. One by norm at ${threshold}, the ${CUT}th percentile of the norms seen, would cut a spike.`,
      remedies: [],
    }
  },
}
