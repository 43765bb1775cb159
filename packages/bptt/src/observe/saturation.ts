// What units and gates look like in one pass, as scalars by the names of their series.

import { nameSeries } from '@unroll/contract'
import type { Cell } from '../cells/cell.ts'
import type { Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import type { LayerRun } from '../passes/layer_run.ts'

/** Means over all steps, rows and units of each layer: 1-|h| where h is bounded, each logistic gate v, and min(v, 1-v). */
export function saturation<X>(
  ops: Ops<X>,
  { cell, isBounded, layers: table }: Network,
  runs: readonly LayerRun<X>[],
): Tensors<X> {
  const layers = runs.map((run, layer) =>
    ops.scope(() => {
      const { name } = table[layer]!
      const gates = gateValues(ops, cell, run).map(([gate, v]) => gateSeries(ops, `${name}.${gate}`, v))
      return Object.assign({}, isBounded ? unitSeries(ops, name, run) : {}, ...gates) as Tensors<X>
    }),
  )
  return Object.assign({}, ...layers)
}

function unitSeries<X>(ops: Ops<X>, name: string, { states }: LayerRun<X>): Tensors<X> {
  const hs = joinRows(ops, named(states, 'h')) // [TN,H]
  return { [nameSeries('saturation', name)]: ops.scale(ops.sub(mean(ops, ops.abs(hs)), ops.constant(1)), -1) }
}

function gateSeries<X>(ops: Ops<X>, name: string, v: X): Tensors<X> {
  const half = ops.constant(0.5)
  const fromHalf = mean(ops, ops.abs(ops.sub(v, half)))
  return { [nameSeries('gate', name)]: mean(ops, v), [nameSeries('gate_saturation', name)]: ops.sub(half, fromHalf) }
}

/** Each logistic gate over all steps, [TN,H]. */
export function gateValues<X>(
  ops: Ops<X>,
  { logistic = [] }: Cell,
  { saved }: LayerRun<X>,
): readonly (readonly [string, X])[] {
  return logistic.flatMap(({ saved: name, gates }) => {
    const all = joinRows(ops, named(saved, name)) // [TN,kH]
    const H = ops.size(all, 1) / gates.length
    const parts = ops.split(
      all,
      gates.map(() => H),
      1,
    )
    return gates.flatMap((gate, i) => (parts[i] === undefined ? [] : [[gate, parts[i]] as const]))
  })
}

function mean<X>(ops: Ops<X>, x: X): X {
  return ops.scale(ops.sum(x), 1 / ops.shape(x).reduce((a, b) => a * b, 1))
}
