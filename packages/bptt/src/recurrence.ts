// Spectral radii of the recurrent weights during training, by operations alone.

import { seriesOf } from '@unroll/spec'
import { matrix, type Connection } from './connection.ts'
import type { Network } from './network.ts'
import type { Ops } from './ops.ts'
import { named, type Tensors } from './tensors.ts'

/** Products of one estimate; growth is measured over the second half, which also holds for a complex pair. */
const PRODUCTS = 100

/** The largest magnitude of an eigenvalue of each gate's block of each recurrent weight, to a few percent; scalars by series name. */
export function spectralRadii<X>(
  ops: Ops<X>,
  { cell, layers, hiddenSize: H }: Network,
  parameters: Tensors<X>,
): Tensors<X> {
  const radii: Record<string, X> = {}
  for (let layer = 0; layer < layers; layer++) {
    for (const { parameter, gates, connection = matrix } of cell.recurrent) {
      const name = `layers.${layer}.${parameter}`
      const W = named(parameters, name)
      const blocks = ops.split(
        W,
        gates.map(() => H),
        ops.shape(W).length - 1,
      )
      for (const [i, gate] of gates.entries())
        radii[seriesOf('spectral_radius', `${name}.${gate}`)] = ops.scope(() =>
          spectralRadius(ops, connection, blocks[i]!, H),
        )
    }
  }
  return radii
}

/** Power iteration: 10 to the mean of log₁₀‖v W‖/‖v‖, from the first row of W plus one. */
function spectralRadius<X>(ops: Ops<X>, connection: Connection, W: X, H: number): X {
  const row = ops.shape(W).length === 2 ? ops.split(W, [1, H - 1], 0)[0] : ops.reshape(W, [1, H])
  let v = ops.add(row, ops.constant(1)) // [1,H]
  const growth: X[] = []
  for (let k = 0; k < PRODUCTS; k++) {
    const norm = ops.norm(v)
    const unit = ops.div(v, ops.select(ops.less(ops.constant(0), norm), norm, ops.constant(1))) // 0 stays 0
    v = connection.through(ops, W, unit)
    if (k >= PRODUCTS / 2) growth.push(ops.log10Norm(v))
  }
  return ops.exp(ops.scale(ops.sum(ops.concat(growth, 0)), Math.LN10 / growth.length))
}
