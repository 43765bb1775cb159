import { EPSILON, findFullLengthStep, hasMemoryCell, taskProblem, usesDataset, type JobSpec } from '@unroll/contract'
import { flowIsProbe, type FlowReading } from '../flow_reading.ts'
import { probedFrom } from '../looked_at.ts'
import { isLearning, sustained } from '../observations.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import type { Remedy, Rule } from '../rule.ts'

const OBSERVATIONS = 3

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
    const first = probedFrom(spec, OBSERVATIONS)
    return typeof first === 'string' ? first : Math.max(first, full)
  },
  find(seen) {
    const { spec } = seen
    const lag = computeLag(spec)
    const readings = sustained(seen.readings, OBSERVATIONS)
    const newest = readings.at(-1)
    if (newest === undefined || isLearning(seen)) return null
    if (!readings.every((reading) => findFurthestReach(reading) < lag)) return null
    const reach = findFurthestReach(newest)
    return {
      layer: newest.layers.findIndex((layer) => layer.reach === reach),
      timestep: Math.max(1, newest.window - reach),
      fromStep: readings[0]?.step ?? newest.step,
      toStep: newest.step,
      figures: { horizon: reach, lag, epsilon: EPSILON },
      remedies: newest.window < lag ? [widerWindow(spec)] : longerReach(spec, spec.sequence_length),
    }
  },
}

/** Time steps that the task requires to remember; 0 if unknown. */
function computeLag({ data, model, sequence_length: T }: JobSpec): number {
  return usesDataset(data) || model.bidirectional === true ? 0 : taskProblem(data, T).lag
}

/** The largest reach of all layers; Infinity unless it is known for every layer. */
function findFurthestReach({ layers }: FlowReading): number {
  return Math.max(...layers.map(({ reach }) => reach ?? Infinity))
}

function widerWindow({ bptt, sequence_length: T }: JobSpec): Remedy {
  return {
    advice: `Go back through all ${T} steps of the sequence: truncation cuts off the input that the task is about.`,
    sections: { bptt: bptt.mode === 'truncated' ? { ...bptt, k2: T } : bptt },
  }
}
