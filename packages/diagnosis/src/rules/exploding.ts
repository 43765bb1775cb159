import type { JobSpec } from '@unroll/contract'
import { isLearning, sustained, type Observations, type ScalarRow } from '../observations.ts'
import { boundedUpdates, findBlownUp } from '../remedies/bounded_updates.ts'
import type { Rule, Symptom } from '../rule.ts'
import { largestNorms } from '../sequences.ts'
import { percentile } from '../statistics.ts'

const SPREAD = 100 // p99 / p50 of the gradient norm
const MOST = 1e4 // β^T
const FEWEST_ROWS = 20
const OBSERVATIONS = 3

/**
 * Inf, NaN, a gradient beyond the range of an update, or a gradient that grows on its way back while its norm has
 * spikes.
 */
export const exploding: Rule = {
  code: 'exploding',
  from: () => 1,
  find(seen) {
    const row = findBlownUp(seen)
    return row === undefined ? growing(seen) : blownUp(seen, row)
  },
}

function blownUp(seen: Observations, row: ScalarRow): Symptom {
  const place = row.nonfiniteAt ?? worstPlace(seen)
  return {
    layer: place?.layer,
    timestep: place?.timestep,
    fromStep: seen.rows[0]?.step ?? row.step,
    toStep: row.step,
    figures: { loss: row.loss, grad_norm: row.gradNorm, ...readWorstGrowth(seen) },
    remedies: boundedUpdates(seen),
  }
}

function growing(seen: Observations): Symptom | null {
  const readings = sustained(seen.readings, OBSERVATIONS)
  const place = worstPlace(seen)
  if (readings.length === 0 || place === undefined || isLearning(seen)) return null
  const layers = readings.map((reading) => ({ ...reading, ...reading.layers[place.layer] }))
  const isGrowing = layers.every(({ growth = 0 }) => growth > 1)
  const isGrown = layers.every(({ beta = 0, window }) => beta ** window > MOST)
  if (!isGrown && !isGrowing) return null
  const { spec, rows } = seen
  const norms = largestNorms(spec, rows)
  const [p50, p99] = [percentile(norms, 50), percentile(norms, 99)]
  const isSpiking = !isBounded(spec) && norms.length >= FEWEST_ROWS && p99 / p50 > SPREAD
  if (!isGrown && !isSpiking) return null
  return {
    ...place,
    fromStep: isGrown ? (readings[0]?.step ?? 0) : (rows[0]?.step ?? 0),
    toStep: rows.at(-1)?.step ?? 0,
    figures: { ...readWorstGrowth(seen), grad_norm_p50: p50, grad_norm_p99: p99 },
    remedies: boundedUpdates(seen),
  }
}

/** Whether clipping bounds the norm of every update, so that a spike carries no weight away. */
function isBounded({ clipping }: JobSpec): boolean {
  return clipping.policy !== 'none' && clipping.policy !== 'timestep'
}

/** The layer with the largest growth of the gradient in the last observed flow, and the time step of its maximum. */
function worstPlace({ readings }: Observations): { layer: number; timestep: number } | undefined {
  const places = (readings.at(-1)?.layers ?? []).map(({ growth, peak }, layer) => ({ layer, timestep: peak, growth }))
  const [worst] = places.filter(({ timestep }) => timestep > 0).toSorted((a, b) => b.growth - a.growth)
  return worst && { layer: worst.layer, timestep: worst.timestep }
}

function readWorstGrowth(seen: Observations): { local_ratio?: number } {
  const place = worstPlace(seen)
  const growth = place && seen.readings.at(-1)?.layers[place.layer]?.growth
  return growth === undefined || Number.isNaN(growth) ? {} : { local_ratio: growth }
}
