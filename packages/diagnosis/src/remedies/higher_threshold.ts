import type { JobSpec, OptimizerType } from '@unroll/contract'
import { isFixed } from '../fixed_threshold.ts'
import { shareClipped, type Observations } from '../observations.ts'
import type { Remedy } from '../rule.ts'
import { median, percentile, rounded } from '../statistics.ts'

/** Steps that a threshold is judged by. */
export const CUT_STEPS = 100
const MOST = 0.9
const LEAST_CUT = 0.99 // coefficient
const CUT = 10 // percentile of the coefficient that the new threshold passes
/** The others divide a gradient by its own size, so that a threshold that always acts leaves their updates as they are. */
const PROPORTIONAL: readonly OptimizerType[] = ['sgd', 'momentum', 'nesterov']

/** Whether the updates of an optimizer are proportional to the gradient. */
export function isProportional({ optimizer }: JobSpec): boolean {
  return PROPORTIONAL.includes(optimizer.type)
}

/** A threshold that sets the size of every update. */
interface Cut {
  /** Of the newest steps, those at which clipping acted. */
  readonly share: number
  /** Median coefficient. */
  readonly coefficient: number
  readonly threshold: number
  readonly remedy: Remedy
}

/** Measures a threshold that nearly always acts; null of any other. */
export function measureCut({ spec, rows }: Observations): Cut | null {
  const { clipping } = spec
  const share = shareClipped(rows, CUT_STEPS) ?? 0
  const last = rows.at(-1)
  if (last === undefined || !isFixed(clipping) || !isProportional(spec) || share <= MOST) return null
  const newest = rows.filter(({ step }) => step > last.step - CUT_STEPS)
  const coefficients = newest.map(({ clipCoefficient }) => clipCoefficient)
  const coefficient = median(coefficients)
  if (coefficient > LEAST_CUT) return null
  const threshold = rounded(clipping.threshold / percentile(coefficients, CUT), 2)
  const remedy: Remedy = {
    advice: `Raise the threshold to ${threshold}, which about one step in ten exceeds: clipping then cuts spikes and no longer sets the size of every update.`,
    sections: { clipping: { ...clipping, threshold } },
  }
  return { share, coefficient, threshold: clipping.threshold, remedy }
}

/** The higher threshold, where the one that is given sets the size of every update: whatever else is wrong, updates come first. */
export function higherThreshold(seen: Observations): Remedy[] {
  return [measureCut(seen)?.remedy ?? []].flat()
}
