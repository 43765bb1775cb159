import { CELLS, isBounded, type GateRole, type JobSpec } from '@unroll/contract'
import { sustained, type Gauge, type Observations } from '../observations.ts'
import type { Remedy } from '../rule.ts'

/** The mean distance from a bound below which units or gates are saturated. */
export const LEAST = 0.1
export const OBSERVATIONS = 2
/** From this forget bias on, σ(bias) alone is within 0.1 of 1. */
const WIDE_OPEN = 2.2
/** Gates that chrono initialisation deliberately opens or shuts. */
const TIMED: readonly (GateRole | undefined)[] = ['update', 'forget']

/** The series of the layer or gate that is most saturated, where it has been for two observations. */
export function findSaturated({ spec, gauges }: Observations): readonly [name: string, gauge: Gauge] | undefined {
  return [...gauges]
    .filter(([name, { newest }]) => counts(spec, name) && isSaturated(newest))
    .toSorted(([, a], [, b]) => readNewest(a) - readNewest(b))[0]
}

/** The newest value of a gauge. */
export function readNewest({ newest }: Gauge): number {
  return newest.at(-1)?.value ?? Number.NaN
}

function isSaturated(newest: Gauge['newest']): boolean {
  const last = sustained(newest, OBSERVATIONS)
  return last.length > 0 && last.every(({ value }) => value < LEAST)
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

/** The default initial weights, where units were saturated by others from the start. */
export function smallerStart(seen: Observations): Remedy[] {
  const [, gauge] = findSaturated(seen) ?? []
  if (gauge === undefined || gauge.first >= LEAST) return []
  const { model } = seen.spec
  const { input: _, recurrent: _recurrent, std: _std, spectral_radius: _radius, ...init } = model.init
  return [
    {
      advice:
        'Begin with the default weights (Glorot uniform and orthogonal): units were saturated before anything was learned.',
      sections: { model: { ...model, init } as JobSpec['model'] },
    },
  ]
}
