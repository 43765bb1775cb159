import { parseJobSpec, type JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'
import { rounded } from '../statistics.ts'

/** The share of the default rate of its optimizer below which a rate is the first to be suspected. */
const SLOW = 0.1

/** Whether a rate is far below the default of its optimizer. */
export function isSlow(spec: JobSpec): boolean {
  return spec.optimizer.learning_rate < SLOW * findDefaultRate(spec)
}

/** Ten times the learning rate, and the default of the optimizer at least. */
export function fasterLearning(spec: JobSpec): Remedy {
  const learning_rate = rounded(Math.max(10 * spec.optimizer.learning_rate, findDefaultRate(spec)), 6)
  return {
    advice: `Learn at a rate of ${learning_rate}: updates this small move the weights too little in the steps of the run.`,
    sections: { optimizer: { ...spec.optimizer, learning_rate } },
  }
}

function findDefaultRate(spec: JobSpec): number {
  const parsed = parseJobSpec({ ...spec, optimizer: { type: spec.optimizer.type } })
  return parsed.ok ? parsed.value.optimizer.learning_rate : Number.NaN
}
