import { finiteNorms, shareClipped } from '../observations.ts'
import type { Rule } from '../rule.ts'
import { percentile, rounded } from '../statistics.ts'

const STEPS = 1_000
const CUT = 99 // percentile of the norm to clip at

/** A clipping policy that never acted and therefore would not catch much either. */
export const clipIdle: Rule = {
  code: 'clip_idle',
  from: ({ clipping }) => (clipping.policy === 'none' ? 'clipping is none' : STEPS),
  find({ spec, rows }) {
    const last = rows.at(-1)
    if (last === undefined || spec.clipping.policy === 'none' || shareClipped(rows, STEPS) !== 0) return null
    const norms = finiteNorms(rows)
    const threshold = rounded(percentile(norms, CUT), 2)
    const { nonfinite } = spec.clipping
    return {
      fromStep: Math.max(1, last.step - STEPS + 1),
      toStep: last.step,
      figures: { clipped_share: 0, grad_norm_p50: percentile(norms, 50), grad_norm_max: percentile(norms, 100) },
      remedies: [
        {
          advice: `Clip by norm at ${threshold}, the ${CUT}th percentile of the norms seen: only spikes are then cut.`,
          sections: { clipping: { policy: 'norm', threshold, nonfinite } },
        },
      ],
    }
  },
}
