import type { Ops } from '../ops.ts'
import { mapTensors, named, type Tensors } from '../tensors.ts'
import { countClipped, share, shrinking } from './coefficient.ts'
import { unclipped, type ClippedTimestep, type ClipPolicy } from './policy.ts'
import { shareBeyond } from './value.ts'

interface Settings {
  readonly threshold: number
  readonly by: 'norm' | 'value'
}

/** dh_t (and dc_t) are clipped at every t of the backward pass: each batch row by the rule of `norm`, or each element by that of `value`. */
export const timestep: ClipPolicy<Settings> = {
  clip: (ops, _, input) => unclipped(ops, input),

  clipTimestep: ({ threshold, by }) => {
    const clipRows = by === 'norm' ? rowsByNorm : elementsByValue
    return (ops, d) => clipRows(ops, threshold, d)
  },
}

function rowsByNorm<X>(ops: Ops<X>, threshold: number, d: Tensors<X>): ClippedTimestep<X> {
  const coefficients = mapTensors(d, (dState) => shrinking(ops, ops.rowNorms(dState), ops.constant(threshold))) // [N,1]
  const rows = Object.values(coefficients).reduce((sum, coefficient) => sum + ops.size(coefficient, 0), 0)
  const counts = Object.values(coefficients).map((coefficient) => countClipped(ops, coefficient))
  const limited = mapTensors(d, (dState, name) => ops.mul(dState, named(coefficients, name)))
  return { d: limited, clipped: share(ops, counts, rows) }
}

function elementsByValue<X>(ops: Ops<X>, threshold: number, d: Tensors<X>): ClippedTimestep<X> {
  return { d: mapTensors(d, (dState) => ops.clamp(dState, threshold)), clipped: shareBeyond(ops, threshold, d) }
}
