import { isLearning, shareClipped, type ScalarRow } from '../observations.ts'
import type { Rule } from '../rule.ts'
import { median, percentile, rounded } from '../statistics.ts'

const STEPS = 200
const MOST = 0.9
const LEAST_CUT = 0.99 // coefficient
const CUT = 10 // percentile of the coefficient that the new threshold passes

/** A threshold so low that it determines the size of every update, which is the task of the learning rate. */
export const clipSaturated: Rule = {
  code: 'clip_saturated',
  from: ({ clipping }) => (isFixed(clipping) ? STEPS : 'no policy with a fixed threshold clips'),
  find(seen) {
    const { spec, rows } = seen
    const { clipping } = spec
    const share = shareClipped(rows, STEPS) ?? 0
    const last = rows.at(-1)
    if (last === undefined || !isFixed(clipping) || share <= MOST || isLearning(seen)) return null
    const coefficients = newest(rows, last.step - STEPS)
    if (median(coefficients) > LEAST_CUT) return null
    const threshold = rounded(clipping.threshold / percentile(coefficients, CUT), 2)
    return {
      fromStep: last.step - STEPS + 1,
      toStep: last.step,
      figures: { clipped_share: share, clip_coefficient_p50: median(coefficients), threshold: clipping.threshold },
      remedies: [
        {
          advice: `Raise the threshold to ${threshold}, which about one step in ten exceeds: clipping then cuts spikes and no longer sets the size of every update.`,
          sections: { clipping: { ...clipping, threshold } },
        },
      ],
    }
  },
}

const FIXED = ['norm', 'value', 'parameter_norm', 'timestep'] as const
type Fixed = { policy: (typeof FIXED)[number] }

function isFixed<Clipping extends { policy: string }>(clipping: Clipping): clipping is Extract<Clipping, Fixed> {
  return (FIXED as readonly string[]).includes(clipping.policy)
}

function newest(rows: readonly ScalarRow[], after: number): number[] {
  return rows.filter(({ step }) => step > after).map(({ clipCoefficient }) => clipCoefficient)
}
