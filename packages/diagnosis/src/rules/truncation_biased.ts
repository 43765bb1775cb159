import { isLearning, sustained } from '../observations.ts'
import { nthObservedStep } from '../looked_at.ts'
import { computeLag } from '../remedies/wider_window.ts'
import type { Rule } from '../rule.ts'

const MOST = 0.5
const OBSERVATIONS = 2

/** A truncated gradient that is more than half wrong. */
export const truncationBiased: Rule = {
  code: 'truncation_biased',
  from: ({ bptt, observe: { bias_every: every } }) => {
    if (bptt.mode === 'adaptive') return 'k2 follows what the gradient loses'
    if (bptt.mode !== 'truncated') return 'backpropagation is not truncated'
    return every === 0
      ? 'truncation bias is not measured: set observe.bias_every'
      : nthObservedStep(OBSERVATIONS, every)
  },
  find(seen) {
    const { spec, gauges } = seen
    if (isLearning(seen)) return null // what is missing is not what the task needs
    const { bptt, sequence_length: T } = spec
    const measured = sustained(gauges.get('truncation_bias')?.newest ?? [], OBSERVATIONS)
    const last = measured.at(-1)
    if (last === undefined || bptt.mode !== 'truncated' || !measured.every(({ value }) => value > MOST)) return null
    const k2 = Math.min(T, bptt.k1 * Math.ceil(Math.max(2 * bptt.k2, computeLag(spec) + 1) / bptt.k1))
    return {
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
