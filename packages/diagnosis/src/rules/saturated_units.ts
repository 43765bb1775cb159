import { CELLS, isBounded, isGated, listLayerNames, type GateRole, type JobSpec } from '@unroll/contract'
import { isLearning, sustained, type Gauge } from '../observations.ts'
import { nthObservedStep } from '../looked_at.ts'
import { slowerLearning } from '../remedies/slower_learning.ts'
import type { Remedy, Rule } from '../rule.ts'

const LEAST = 0.1
const OBSERVATIONS = 2
/** From this forget bias on, σ(bias) alone is within 0.1 of 1. */
const WIDE_OPEN = 2.2

/** Units or gates in the flat range of their activation function, where no gradient passes. */
export const saturatedUnits: Rule = {
  code: 'saturated_units',
  from: (spec) => {
    const { saturation_every: every } = spec.observe
    if (every === 0) return 'saturation is not measured: set observe.saturation_every'
    return hasBounded(spec) ? nthObservedStep(OBSERVATIONS, every) : 'the cell has no bounded units and no gates'
  },
  find(seen) {
    const { spec, gauges } = seen
    if (isLearning(seen)) return null // a network that keeps what it has read has such gates
    const [worst] = [...gauges]
      .filter(([name, { newest }]) => counts(spec, name) && isSaturated(newest))
      .toSorted(([, a], [, b]) => readNewest(a) - readNewest(b))
    if (worst === undefined) return null
    const [name, gauge] = worst
    return {
      layer: findLayer(spec, name),
      fromStep: sustained(gauge.newest, OBSERVATIONS)[0]?.step ?? 0,
      toStep: gauge.newest.at(-1)?.step ?? 0,
      figures: { [name]: readNewest(gauge), [`${name} at first`]: gauge.first },
      remedies: [...(gauge.first < LEAST ? smallerStart(spec) : []), slowerLearning(spec)],
    }
  },
}

/** The layer, from 0 and each direction by itself, of a series such as `gate_saturation/layers.0.f`. */
function findLayer({ model }: JobSpec, series: string): number {
  const own = series.slice(series.indexOf('/') + 1)
  return listLayerNames(model).findIndex((name) => own === name || own.startsWith(`${name}.`))
}

function readNewest({ newest }: Gauge): number {
  return newest.at(-1)?.value ?? Number.NaN
}

function isSaturated(newest: Gauge['newest']): boolean {
  const last = sustained(newest, OBSERVATIONS)
  return last.length > 0 && last.every(({ value }) => value < LEAST)
}

/** Gates that chrono initialisation deliberately opens or shuts. */
const TIMED: readonly (GateRole | undefined)[] = ['update', 'forget']

function hasBounded({ model }: JobSpec): boolean {
  return isBounded(model) || isGated(model.cell)
}

/** Whether a series can be saturated and the specification has not made it so. */
function counts({ model }: JobSpec, name: string): boolean {
  const [family] = name.split('/')
  if (family === 'saturation') return isBounded(model)
  if (family !== 'gate_saturation') return false
  const role = CELLS[model.cell].gates[name.slice(name.lastIndexOf('.') + 1)]
  const { chrono_t_max = null, forget_bias = 0 } = model.init as { chrono_t_max?: number | null; forget_bias?: number }
  if (chrono_t_max !== null && TIMED.includes(role)) return false
  return !(role === 'forget' && Math.abs(forget_bias) >= WIDE_OPEN)
}

/** The default initial weights, if the specification has others. */
function smallerStart({ model }: JobSpec): Remedy[] {
  const { input: _, recurrent: _recurrent, std: _std, spectral_radius: _radius, ...init } = model.init
  return [
    {
      advice:
        'Begin with the default weights (Glorot uniform and orthogonal): units were saturated before anything was learned.',
      sections: { model: { ...model, init } as JobSpec['model'] },
    },
  ]
}
