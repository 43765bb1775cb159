import { CELLS, type JobSpec, type OptimizerType } from '@unroll/contract'
import type { Observations, ScalarRow } from '../observations.ts'
import type { Remedy } from '../rule.ts'
import { medianLoss } from '../sequences.ts'
import { rounded } from '../statistics.ts'
import { slowerLearning } from './slower_learning.ts'
import { smallerStart } from './smaller_start.ts'
import { unitRadius } from './unit_radius.ts'

/** How far one update may move the weights once the gradient is clipped. */
const STEP = 0.1
/** The rate above which the updates of an optimizer that divides by the size of the gradient are too large, whatever is clipped. */
const HASTY = 0.03
const MODERATE = 0.003
/** Its square is the largest number of float32: these optimizers store squares. */
const LARGEST_NORM = 1.8e19
const KEEPING_SQUARES: readonly OptimizerType[] = ['adam', 'adamw', 'rmsprop', 'adagrad']
/** How many times the best loss without memory a loss is that only updates which carry the weights away lead to. */
const AWAY = 10
/** Rows before which a loss may still be that of the initial weights. */
const FEWEST_ROWS = 50

/** A row whose loss or gradient is beyond what an update can use, or else the newest of a run whose weights were carried away. */
export function findBlownUp({ spec, rows, chance }: Observations): ScalarRow | undefined {
  const largest = KEEPING_SQUARES.includes(spec.optimizer.type) ? LARGEST_NORM : Infinity
  const beyond = rows.find((row) => isNonfinite(row) || row.gradNorm > largest)
  if (beyond !== undefined || rows.length < FEWEST_ROWS) return beyond
  return medianLoss(spec, rows) > AWAY * chance ? rows.at(-1) : undefined
}

function isNonfinite({ loss, gradNorm, flowNonfinite }: ScalarRow): boolean {
  return !Number.isFinite(loss) || !Number.isFinite(gradNorm) || flowNonfinite > 0
}

/** Changes that keep an update from carrying the weights away, of the weights that it begins with as well. */
export function boundedUpdates(seen: Observations): Remedy[] {
  const { spec } = seen
  const first = seen.rows[0]
  // Clipping scales a gradient; it cannot repair one that is non-finite from the start.
  const canClip = first !== undefined && !isNonfinite(first)
  const smaller = smallerUpdates(spec).filter(({ sections }) => canClip || sections.clipping === undefined)
  const [clipping] = smaller.filter(({ sections }) => sections.clipping !== undefined)
  const { spectral_radius: radius } = spec.model.init
  const isStretched = radius !== null && radius > 1
  return [
    ...smallerStart(seen),
    ...(isStretched ? [shorter(spec, clipping?.sections)] : []),
    ...smaller,
    ...(CELLS[spec.model.cell].recurrent === 'none' ? [] : [shorter(spec)]),
    slowerLearning(spec),
  ]
}

/** Changes that make updates smaller, whatever the weights: a lower rate where that alone does, or clipping where there is none. */
export function smallerUpdates(spec: JobSpec): Remedy[] {
  const { optimizer, clipping } = spec
  const isHasty = KEEPING_SQUARES.includes(optimizer.type) && optimizer.learning_rate > HASTY
  return [
    ...(isHasty ? [slowerLearning(spec, MODERATE)] : []),
    ...(clipping.policy === 'norm' ? [] : [normClipping(spec)]),
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
