import { isFixed } from '../fixed_threshold.ts'
import { isLearning } from '../observations.ts'
import { CUT_STEPS, isProportional, measureCut } from '../remedies/higher_threshold.ts'
import type { Rule } from '../rule.ts'

/** A threshold so low that it determines the size of every update, which is the task of the learning rate. */
export const clipSaturated: Rule = {
  code: 'clip_saturated',
  from: (spec) => {
    if (!isFixed(spec.clipping)) return 'no policy with a fixed threshold clips'
    return isProportional(spec)
      ? CUT_STEPS
      : 'the size of updates does not depend on the threshold: the optimizer divides by that of the gradient'
  },
  find(seen) {
    const cut = isLearning(seen) ? null : measureCut(seen)
    const last = seen.rows.at(-1)
    if (cut === null || last === undefined) return null
    return {
      fromStep: last.step - CUT_STEPS + 1,
      toStep: last.step,
      figures: { clipped_share: cut.share, clip_coefficient_p50: cut.coefficient, threshold: cut.threshold },
      remedies: [cut.remedy],
    }
  },
}
