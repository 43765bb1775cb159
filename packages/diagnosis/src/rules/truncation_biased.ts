import { sustained } from '../observations.ts'
import type { Rule } from '../rule.ts'

const MOST = 0.5
const OBSERVATIONS = 2

/** A truncated gradient that is more than half wrong. */
export const truncationBiased: Rule = {
  code: 'truncation_biased',
  find({ spec: { bptt, sequence_length: T }, gauges }) {
    const measured = sustained(gauges.get('truncation_bias')?.newest ?? [], OBSERVATIONS)
    const last = measured.at(-1)
    if (last === undefined || bptt.mode !== 'truncated' || !measured.every(({ value }) => value > MOST)) return null
    const k2 = Math.min(T, 2 * bptt.k2)
    return {
      layer: null,
      timestep: null,
      fromStep: measured[0]?.step ?? last.step,
      toStep: last.step,
      figures: { truncation_bias: last.value, k2: bptt.k2 },
      remedies: [
        {
          advice: `Let the gradient reach back ${k2} steps: what truncation leaves out is more than half of it.`,
          sections: { bptt: { ...bptt, k2 } },
        },
      ],
    }
  },
}
