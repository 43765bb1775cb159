import { isGated } from '@unroll/contract'
import type { Observations } from '../observations.ts'
import type { Remedy } from '../rule.ts'
import { boundedUpdates, findBlownUp, smallerUpdates } from './bounded_updates.ts'
import { higherThreshold } from './higher_threshold.ts'
import { longerReach } from './longer_reach.ts'
import { smallerStart } from './smaller_start.ts'

/**
 * What keeps a run from learning whatever else is wrong with it: updates that carry the weights away, updates that a threshold makes
 * tiny, units that were saturated before anything was learned. That a gradient vanishes or nothing is learned may follow of it.
 */
export function causesFirst(seen: Observations): Remedy[] {
  const isBlownUp = findBlownUp(seen) !== undefined
  return [...(isBlownUp ? afterBlowUp(seen) : []), ...higherThreshold(seen), ...smallerStart(seen)]
}

/**
 * Of a cell without gates, which lets the gradient grow, both at once: smaller updates, and a memory cell through which it passes as it is.
 */
function afterBlowUp(seen: Observations): Remedy[] {
  const { spec } = seen
  const [smaller] = smallerUpdates(spec)
  const bounded = boundedUpdates(seen)
  if (isGated(spec.model.cell)) return bounded
  const memory = longerReach(spec, spec.sequence_length).at(-1)
  if (memory === undefined) return bounded
  const advice = smaller === undefined ? memory.advice : `${memory.advice} ${smaller.advice}`
  return [{ advice, sections: { ...smaller?.sections, ...memory.sections } }, ...bounded]
}
