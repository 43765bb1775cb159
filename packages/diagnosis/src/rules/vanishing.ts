import type { FlowReading } from '../flow_reading.ts'
import { isLearning, isUnsettled, sustained } from '../observations.ts'
import { probedFrom } from '../looked_at.ts'
import { causesFirst } from '../remedies/causes_first.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import type { Rule } from '../rule.ts'

const LEAST = 1e-4 // β^T
const OBSERVATIONS = 3

/** A gradient that has vanished at the first time step. */
export const vanishing: Rule = {
  code: 'vanishing',
  from: (spec) => probedFrom(spec, OBSERVATIONS),
  find(seen) {
    const readings = sustained(seen.readings, OBSERVATIONS)
    const newest = readings.at(-1)
    if (newest === undefined || isLearning(seen) || isUnsettled(seen)) return null
    const [worst] = newest.layers
      .map(({ beta, reach }, layer) => ({ layer, beta, reach, left: computeDecay(newest, layer) }))
      .filter(({ layer }) => readings.every((reading) => computeDecay(reading, layer) < LEAST))
      .toSorted((a, b) => a.left - b.left)
    if (worst?.beta === undefined) return null
    const { layer, beta, reach, left } = worst
    const { window } = newest
    return {
      layer,
      timestep: reach === undefined ? undefined : Math.max(1, window - reach),
      fromStep: readings[0]?.step ?? newest.step,
      toStep: newest.step,
      figures: {
        beta,
        beta_to_the_T: left,
        ...(reach !== undefined && reach < window && { horizon: reach }),
        T: window,
      },
      remedies: [...causesFirst(seen), ...longerReach(seen.spec, seen.spec.sequence_length)],
    }
  },
}

/** β^T, the remaining share of the gradient after T steps. NaN if β is unknown. */
function computeDecay({ window, layers }: FlowReading, layer: number): number {
  return (layers[layer]?.beta ?? Number.NaN) ** window
}
