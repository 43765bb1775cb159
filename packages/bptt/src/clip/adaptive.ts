// Adaptive gradient clipping (Brock et al. 2021): each unit's gradient relative to the unit's own weights. A unit is one
// output: a column of a packed [in,out] weight (a row of docs/math/notation.md's [out,in]); a vector, such as a bias, is one unit.

import type { Ops } from '../ops/ops.ts'
import { named } from '../ops/tensors.ts'
import { countClipped, inFactors, outcome, share, shrink } from './coefficient.ts'
import type { ClipInput, Clipped, ClipPolicy, Shrinking } from './policy.ts'

interface Settings {
  /** λ. */
  readonly threshold: number
  /** ε, the least weight norm. */
  readonly epsilon: number
  /** Whether the read-out is clipped too; it is unless given. */
  readonly readout?: boolean
}

/** ‖g_i‖ ≥ λ max(‖w_i‖, ε) is scaled down to it. */
export const adaptive: ClipPolicy<Settings> = {
  clip<X>(ops: Ops<X>, settings: Settings, input: ClipInput<X>): Clipped<X> {
    const { readout = true } = settings
    const chosen = Object.entries(input.gradients).filter(([name]) => readout || !name.startsWith('readout.'))
    const by = chosen.map(([name, g]) => {
      const own = unitShrinking(ops, settings, g, named(input.parameters, name))
      return { name, own, clipped: shrink(ops, g, own) }
    })
    const gradients = { ...input.gradients, ...Object.fromEntries(by.map(({ name, clipped }) => [name, clipped])) }
    const all = by.map(({ own }) => own.coefficient)
    const units = all.reduce((sum, coefficient) => sum + (ops.shape(coefficient)[1] ?? 1), 0)
    const counts = all.map((coefficient) => countClipped(ops, coefficient))
    const { norm, coefficient } = outcome(ops, input.norm, gradients)
    return { gradients, norm, coefficient, fraction: share(ops, counts, units), state: input.state }
  },
}

/** One coefficient a unit: [1,C] of a matrix, [] of a vector. */
function unitShrinking<X>(ops: Ops<X>, { threshold, epsilon }: Settings, g: X, w: X): Shrinking<X> {
  return ops.scope(() => {
    const norms = unitNorms(ops, g)
    const limits = ops.scale(ops.maximum(unitNorms(ops, w), ops.constant(epsilon)), threshold)
    const ones = ops.add(ops.scale(limits, 0), ops.constant(1))
    const coefficient = ops.select(ops.less(norms, limits), ones, ops.div(limits, norms))
    return inFactors(ops, coefficient, norms, limits)
  })
}

function unitNorms<X>(ops: Ops<X>, x: X): X {
  return ops.shape(x).length === 2 ? ops.columnNorms(x) : ops.norm(x)
}
