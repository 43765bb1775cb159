import { isBounded, isGated, listLayerNames, type JobSpec } from '@unroll/contract'
import { isLearning, sustained } from '../observations.ts'
import { nthObservedStep } from '../looked_at.ts'
import { slowerLearning } from '../remedies/slower_learning.ts'
import { findSaturated, OBSERVATIONS, readNewest, smallerStart } from '../remedies/smaller_start.ts'
import type { Rule } from '../rule.ts'

/** Units or gates in the flat range of their activation function, where no gradient passes. */
export const saturatedUnits: Rule = {
  code: 'saturated_units',
  from: (spec) => {
    const { saturation_every: every } = spec.observe
    if (every === 0) return 'saturation is not measured: set observe.saturation_every'
    return hasBounded(spec) ? nthObservedStep(OBSERVATIONS, every) : 'the cell has no bounded units and no gates'
  },
  find(seen) {
    const { spec } = seen
    const worst = isLearning(seen) ? undefined : findSaturated(seen) // a network that keeps what it has read has such gates
    if (worst === undefined) return null
    const [name, gauge] = worst
    return {
      layer: findLayer(spec, name),
      fromStep: sustained(gauge.newest, OBSERVATIONS)[0]?.step ?? 0,
      toStep: gauge.newest.at(-1)?.step ?? 0,
      figures: { [name]: readNewest(gauge), [`${name} at first`]: gauge.first },
      remedies: [...smallerStart(seen), slowerLearning(spec)],
    }
  },
}

/** The layer, from 0 and each direction by itself, of a series such as `gate_saturation/layers.0.f`. */
function findLayer({ model }: JobSpec, series: string): number {
  const own = series.slice(series.indexOf('/') + 1)
  return listLayerNames(model).findIndex((name) => own === name || own.startsWith(`${name}.`))
}

function hasBounded({ model }: JobSpec): boolean {
  return isBounded(model) || isGated(model.cell)
}
