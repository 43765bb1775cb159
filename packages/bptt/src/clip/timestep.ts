import type { Ops } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'
import { countClipped, share, shrink, shrinking } from './coefficient.ts'
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
  const states = Object.entries(d).map(([name, dState]) => {
    const by = shrinking(ops, ops.rowNorms(dState), ops.constant(threshold)) // [N,1]
    return { name, by, limited: shrink(ops, dState, by) }
  })
  const rows = states.reduce((sum, { by }) => sum + ops.size(by.coefficient, 0), 0)
  const counts = states.map(({ by }) => countClipped(ops, by.coefficient))
  const limited = Object.fromEntries(states.map((state) => [state.name, state.limited]))
  return { d: limited, clipped: share(ops, counts, rows) }
}

function elementsByValue<X>(ops: Ops<X>, threshold: number, d: Tensors<X>): ClippedTimestep<X> {
  return { d: mapTensors(d, (dState) => ops.clamp(dState, threshold)), clipped: shareBeyond(ops, threshold, d) }
}
