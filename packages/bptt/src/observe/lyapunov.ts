// Finite-time Lyapunov exponents of each layer's recurrence (docs/math/lyapunov.md): how fast the directions grow and shrink in
// which a gradient goes back through s_T … s_0, by a QR decomposition at every step.

import { random } from '@unroll/random'
import { makeStepParameters } from '../cells/cell.ts'
import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { listLayerShapes, type Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { joinRows, splitEqually } from '../ops/series.ts'
import { named, under, type Tensors } from '../ops/tensors.ts'
import { createStep, giveRun } from '../passes/layer_backward.ts'
import { forward, type WindowStart } from '../passes/gradients.ts'
import type { LayerRun } from '../passes/layer_run.ts'
import { orthonormalise } from '../passes/orthonormalise.ts'
import { ofEachShardWindow, type ShardedBatch } from '../passes/shards.ts'
import { listPassing } from './flow.ts'

/** Directions [k,S] of one layer at its last step, all its states side by side. */
export interface Directions {
  readonly shape: readonly [k: number, S: number]
  readonly data: Float32Array
}

/** As many directions of each layer as are asked for, or as the states that pass something on have numbers; always the same ones. */
export function drawDirections(network: Network, most: number): readonly Directions[] {
  return listLayerShapes(network).map((shapes, layer) => {
    const measure = (states: readonly string[]) => states.reduce((sum, state) => sum + shapes[state]![1]!, 0)
    const S = measure(Object.keys(shapes))
    const k = Math.min(most, measure(listPassing(network.cell)))
    const draw = random(0, 'directions', layer)
    return { shape: [k, S], data: Float32Array.from({ length: k * S }, () => draw.normal()) }
  })
}

/**
 * The diagonal of R at every step and of every row, [T,Nk] of each layer: what `readSpectrum` reads. What enters a layer from
 * the one below is given, so that its exponents are those of its own recurrence.
 *
 * @param given.starts The directions of each layer.
 */
export function stretchDirections<X>(
  bound: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  { starts, ...given }: ShardedBatch<X> & { readonly starts: readonly X[] },
): readonly X[] {
  const { ops, network } = bound
  const shards = ofEachShardWindow(bound, window, given, (shard, own, batch) =>
    forward(shard, own, batch.inputs, batch).runs.map((run, layer) =>
      stretchLayer(shard, { run, layer }, starts[layer]!),
    ),
  )
  return network.layers.map((_, layer) => {
    const parts = shards.map((layers) => layers[layer]!)
    return parts.length === 1 ? parts[0]! : ops.concat(parts, 1)
  })
}

function stretchLayer<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { run, layer }: { readonly run: LayerRun<X>; readonly layer: number },
  start: X,
): X {
  const k = ops.size(start, 0)
  const p = makeStepParameters(ops, network.cell, under(parameters, `${network.layers[layer]!.name}.`))
  const back = createStep(network, run, { p, sources: k })
  const { kept } = scan(ops, {
    steps: run.steps,
    backwards: run.direction === 'forward',
    carry: orthonormalise(ops, spread(ops, start, listLayerShapes(network)[layer]!), k).d,
    given: giveRun(run),
    step: (inner, d, saved) => {
      const { d: next, lengths } = orthonormalise(inner, back(inner, d, saved).carry, k)
      return { carry: next, kept: { lengths } }
    },
  })
  const rows = joinRows(ops, named(kept, 'lengths')) // [TN,k]
  return ops.reshape(rows, [run.steps, (ops.size(rows, 0) * k) / run.steps])
}

/** Directions [k,S] for every row of a batch, as the states of a layer: [kN,·] each. */
function spread<X>(ops: Ops<X>, start: X, shapes: Readonly<Record<string, readonly number[]>>): Tensors<X> {
  const [k = 0, S = 0] = ops.shape(start)
  const sizes = Object.values(shapes)
  const N = sizes[0]![0]!
  const each = splitEqually(ops, start, k, 0).map((direction) => ops.add(ops.zeros([N, S]), direction))
  const rows = each.length === 1 ? each[0]! : ops.concat(each, 0)
  const parts = ops.split(
    rows,
    sizes.map(([, width = 0]) => width),
    1,
  )
  return Object.fromEntries(Object.keys(shapes).map((name, at) => [name, parts[at]!]))
}
