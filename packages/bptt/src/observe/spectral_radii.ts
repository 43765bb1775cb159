// Spectral radii of the recurrent weights during training, by operations alone.

import { nameSeries } from '@unroll/contract'
import { matrix, type Connection } from '../cells/connection.ts'
import type { Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { between, joinRows } from '../ops/series.ts'
import { named, under, type Tensors } from '../ops/tensors.ts'

/** Products of one estimate; growth is measured over the second half, which also holds for a complex pair. */
const PRODUCTS = 100

/** The largest magnitude of an eigenvalue: exactly where the dynamics of a cell have it, as `lambda`; else of each gate's block of each recurrent weight, of the matrices that see a projected h times Wp, to a few percent; scalars by series name. */
export function spectralRadii<X>(ops: Ops<X>, { cell, layers }: Network, parameters: Tensors<X>): Tensors<X> {
  const radii: Record<string, X> = {}
  for (const { name: own, hiddenSize: H, outputSize: P } of layers) {
    if (cell.dynamics !== undefined) {
      const magnitudes = cell.dynamics.magnitudes(ops, under(parameters, `${own}.`))
      radii[nameSeries('spectral_radius', `${own}.lambda`)] = ops.quantile(magnitudes, ops.constant(H), 1)
      continue
    }
    const Wp = parameters[`${own}.Wp`]
    for (const { parameter, gates, connection } of cell.recurrent) {
      const name = `${own}.${parameter}`
      const W = named(parameters, name)
      const blocks = ops.split(
        W,
        gates.map(() => H),
        ops.shape(W).length - 1,
      )
      for (const [i, gate] of gates.entries())
        radii[nameSeries('spectral_radius', `${name}.${gate}`)] = ops.scope(() =>
          connection === undefined && Wp !== undefined
            ? spectralRadius(ops, matrix, ops.matMul(blocks[i]!, Wp), P) // from h_{t-1} to h_t
            : spectralRadius(ops, connection ?? matrix, blocks[i]!, H),
        )
    }
  }
  return radii
}

/** Power iteration: 10 to the mean of log₁₀‖v W‖/‖v‖, from the first row of W plus one. */
function spectralRadius<X>(ops: Ops<X>, connection: Connection, W: X, H: number): X {
  const row = ops.shape(W).length === 2 ? ops.split(W, [1, H - 1], 0)[0] : ops.reshape(W, [1, H])
  const { kept } = scan(ops, {
    steps: PRODUCTS,
    carry: { v: ops.add(row, ops.constant(1)) }, // [1,H]
    given: {},
    step: (inner, { v }) => {
      const norm = inner.norm(v!)
      const length = inner.select(inner.less(inner.constant(0), norm), norm, inner.constant(1)) // 0 stays 0
      const next = connection.through(inner, W, inner.div(v!, length))
      return { carry: { v: next }, kept: { growth: inner.reshape(inner.log10Norm(next), [1, 1]) } }
    },
  })
  const growth = joinRows(ops, between(ops, named(kept, 'growth'), PRODUCTS, { start: PRODUCTS / 2 }))
  return ops.exp(ops.scale(ops.sum(growth), Math.LN10 / (PRODUCTS / 2)))
}
