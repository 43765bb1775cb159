import { EPSILON, findFullLengthStep, hasMemoryCell, usesDataset } from '@unroll/contract'
import { flowIsProbe, type FlowReading } from '../flow_reading.ts'
import { probedFrom } from '../looked_at.ts'
import { isLearning, isUnsettled, sustained } from '../observations.ts'
import { causesFirst } from '../remedies/causes_first.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import { computeLag, isCut, widerWindow } from '../remedies/wider_window.ts'
import type { Rule } from '../rule.ts'

const OBSERVATIONS = 3
/** A horizon within a tenth of the lag is not told from it: norms differ as much from batch to batch. */
const MARGIN = 0.9

/** A gradient that vanishes before it reaches the input that the task depends on. */
export const horizonShort: Rule = {
  code: 'horizon_short',
  from(spec) {
    if (usesDataset(spec.data)) return 'the lag of a data set is not known'
    if (spec.model.bidirectional === true) return 'an early input is near the answer in the backward direction'
    if (spec.bptt.mode === 'randomised') return 'how far the gradient reaches back is drawn at random'
    if (spec.bptt.mode === 'adaptive') return 'how far the gradient reaches back is chosen by its decay'
    if (hasMemoryCell(spec.model.cell) && !flowIsProbe(spec)) return 'the probe flow of a memory cell is not measured'
    const full = findFullLengthStep(spec)
    if (full === undefined) return 'what is learned decides how long the sequences are'
    const first = probedFrom(spec, OBSERVATIONS, isCut(spec) ? false : undefined)
    return typeof first === 'string' ? first : Math.max(first, full)
  },
  find(seen) {
    const { spec } = seen
    const lag = computeLag(spec)
    const readings = sustained(seen.readings, OBSERVATIONS)
    const newest = readings.at(-1)
    if (newest === undefined || isLearning(seen) || isUnsettled(seen)) return null
    if (!readings.every((reading) => isShort(reading, lag))) return null
    const reach = findFurthestReach(newest)
    return {
      layer: newest.layers.findIndex((layer) => layer.reach === reach),
      timestep: Math.max(1, newest.window - reach),
      fromStep: readings[0]?.step ?? newest.step,
      toStep: newest.step,
      figures: { horizon: reach, lag, epsilon: EPSILON },
      remedies: [...causesFirst(seen), ...widerWindow(spec), ...longerReach(spec, spec.sequence_length)],
    }
  },
}

/** A window that is shorter than the lag is so exactly. */
function isShort(reading: FlowReading, lag: number): boolean {
  return findFurthestReach(reading) < (reading.window < lag ? lag : MARGIN * lag)
}

/** The largest reach of all layers; Infinity unless it is known for every layer. */
function findFurthestReach({ layers }: FlowReading): number {
  return Math.max(...layers.map(({ reach }) => reach ?? Infinity))
}
