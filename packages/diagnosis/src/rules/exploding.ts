import { CELLS, type JobSpec, type OptimizerType } from '@unroll/contract'
import { finiteNorms, isLearning, sustained, type Observations, type ScalarRow } from '../observations.ts'
import type { Remedy, Rule, Symptom } from '../rule.ts'
import { slowerLearning } from '../remedies/slower_learning.ts'
import { unitRadius } from '../remedies/unit_radius.ts'
import { percentile, rounded } from '../statistics.ts'

const SPREAD = 100 // p99 / p50 of the gradient norm
const MOST = 1e4 // β^T
const FEWEST_ROWS = 20
const OBSERVATIONS = 3
/** How far one update may move the weights once the gradient is clipped. */
const STEP = 0.1
/** The rate above which the updates of an optimizer that divides by the size of the gradient are too large, whatever is clipped. */
const HASTY = 0.03
const MODERATE = 0.003
/** Its square is the largest number of float32: these optimizers store squares. */
const LARGEST_NORM = 1.8e19
const KEEPING_SQUARES: readonly OptimizerType[] = ['adam', 'adamw', 'rmsprop', 'adagrad']

/**
 * Inf, NaN, a gradient beyond the range of an update, or a gradient that grows on its way back while its norm has
 * spikes.
 */
export const exploding: Rule = {
  code: 'exploding',
  from: () => 1,
  find(seen) {
    const largest = KEEPING_SQUARES.includes(seen.spec.optimizer.type) ? LARGEST_NORM : Infinity
    const beyond = seen.rows.find((row) => isNonfinite(row) || row.gradNorm > largest)
    return beyond === undefined ? growing(seen) : blownUp(seen, beyond)
  },
}

function isNonfinite({ loss, gradNorm, flowNonfinite }: ScalarRow): boolean {
  return !Number.isFinite(loss) || !Number.isFinite(gradNorm) || flowNonfinite > 0
}

function blownUp(seen: Observations, row: ScalarRow): Symptom {
  const place = row.nonfiniteAt ?? worstPlace(seen)
  return {
    layer: place?.layer,
    timestep: place?.timestep,
    fromStep: seen.rows[0]?.step ?? row.step,
    toStep: row.step,
    figures: { loss: row.loss, grad_norm: row.gradNorm, ...readWorstGrowth(seen) },
    remedies: remediesFor(seen),
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
  const { rows } = seen
  const norms = finiteNorms(rows)
  const [p50, p99] = [percentile(norms, 50), percentile(norms, 99)]
  const isSpiking = norms.length >= FEWEST_ROWS && p99 / p50 > SPREAD
  if (!isGrown && !isSpiking) return null
  return {
    ...place,
    fromStep: isGrown ? (readings[0]?.step ?? 0) : (rows[0]?.step ?? 0),
    toStep: rows.at(-1)?.step ?? 0,
    figures: { ...readWorstGrowth(seen), grad_norm_p50: p50, grad_norm_p99: p99 },
    remedies: remediesFor(seen),
  }
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

function remediesFor(seen: Observations): Remedy[] {
  const { spec } = seen
  const first = seen.rows[0]
  // Clipping scales a gradient; it cannot repair one that is non-finite from the start.
  const canClip = first !== undefined && !isNonfinite(first) && spec.clipping.policy !== 'norm'
  const clipping = normClipping(spec)
  const { spectral_radius: radius } = spec.model.init
  const isStretched = radius !== null && radius > 1
  const isHasty = KEEPING_SQUARES.includes(spec.optimizer.type) && spec.optimizer.learning_rate > HASTY
  return [
    ...(isStretched ? [shorter(spec, canClip ? clipping.sections : {})] : []),
    ...(isHasty ? [slowerLearning(spec, MODERATE)] : []),
    ...(canClip ? [clipping] : []),
    ...(CELLS[spec.model.cell].recurrent === 'none' ? [] : [shorter(spec)]),
    slowerLearning(spec),
  ]
}

/** No update moves the weights further than STEP, by the momentum that it is carried on with neither. */
function normClipping({ clipping, optimizer }: JobSpec): Remedy {
  const carried = 'momentum' in optimizer ? optimizer.learning_rate / (1 - optimizer.momentum) : optimizer.learning_rate
  const threshold = rounded(KEEPING_SQUARES.includes(optimizer.type) ? 1 : Math.min(1, STEP / carried), 2)
  return {
    advice: `Clip the gradient by its norm, to at most ${threshold}: no update is then larger than that, whatever the gradient.`,
    sections: { clipping: { policy: 'norm', threshold, nonfinite: clipping.nonfinite } },
  }
}

function shorter(spec: JobSpec, besides: Partial<JobSpec> = {}): Remedy {
  return {
    advice: 'Begin with recurrent weights of spectral radius 1: the gradient then neither grows nor shrinks by them.',
    sections: { ...unitRadius(spec), ...besides },
  }
}
