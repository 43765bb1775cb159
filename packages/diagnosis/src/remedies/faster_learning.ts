import { parseJobSpec, type JobSpec } from '@unroll/contract'
import type { Observations } from '../observations.ts'
import type { Remedy } from '../rule.ts'
import { median, rounded } from '../statistics.ts'
import { isProportional } from './higher_threshold.ts'

/** The share of the default rate of its optimizer below which a rate is the first to be suspected. */
const SLOW = 0.1
/** How far an update moves the weights, where it is proportional to the gradient: a run of some hundred steps then gets somewhere. */
const STEP = 0.03
/** Gradients of a run that stands still are small; those of one that learns are not. */
const MOST = 1

/** Whether a rate is far below the default of its optimizer. */
export function isSlow(spec: JobSpec): boolean {
  return spec.optimizer.learning_rate < SLOW * findDefaultRate(spec)
}

/** Ten times the learning rate, the default of the optimizer at least, and what moves the weights by the gradients seen. */
export function fasterLearning(seen: Observations): Remedy {
  const { spec } = seen
  const least = Math.max(10 * spec.optimizer.learning_rate, findDefaultRate(spec))
  const learning_rate = rounded(Math.max(least, Math.min(MOST, computeMovingRate(seen))), 2)
  return {
    advice: `Learn at a rate of ${learning_rate}: updates this small move the weights too little in the steps of the run.`,
    sections: { optimizer: { ...spec.optimizer, learning_rate } },
  }
}

/** 0 where the size of updates does not depend on that of the gradient. */
function computeMovingRate({ spec, rows }: Observations): number {
  if (!isProportional(spec)) return 0
  const { optimizer } = spec
  const carried = 'momentum' in optimizer ? 1 / (1 - optimizer.momentum) : 1
  const norm = median(rows.map(({ gradNorm, clipCoefficient }) => gradNorm * clipCoefficient).filter(Number.isFinite))
  return norm > 0 ? STEP / (norm * carried) : 0
}

function findDefaultRate(spec: JobSpec): number {
  const parsed = parseJobSpec({ ...spec, optimizer: { type: spec.optimizer.type } })
  return parsed.ok ? parsed.value.optimizer.learning_rate : Number.NaN
}
