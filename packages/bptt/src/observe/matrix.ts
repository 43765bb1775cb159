// The itemised matrix A[s,t] = ‖∂L_s/∂h_t‖ (docs/math/matrix.md): how much the loss of steps s teaches the state of step t. The
// backward pass is linear, so that the sources go back side by side, as further rows of one scan.

import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { listLayerShapes, type Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { between, joinRows, leading } from '../ops/series.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'
import { backpropagate, type BackwardPass } from '../passes/backpropagate.ts'
import type { LayerBack } from '../passes/layer_backward.ts'
import { answerWindow, targetSteps, type WindowStart } from '../passes/gradients.ts'
import { sliceRun } from '../passes/layer_run.ts'
import { ofEachShardWindow, type ShardedBatch } from '../passes/shards.ts'
import { joinFlow } from './flow.ts'
import { listReaches, listSources, type Reach, type SourcePlan } from './sources.ts'

/** How the losses of a window of T steps are divided among as many sources as are asked for. */
export function planSources(
  network: Network,
  { steps: T, lossSteps, most }: { readonly steps: number; readonly lossSteps: number; readonly most: number },
): SourcePlan {
  const answered = targetSteps(network, lossSteps)
  return { sources: listSources(T, answered, most), answered, isBidirectional: network.bidirectional }
}

/**
 * The norms of each layer's matrix over the whole batch, in the order of `placeMatrix`. Nothing is clipped on the way.
 *
 * @param given.most sources
 */
export function itemise<X>(
  bound: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  { most, ...given }: ShardedBatch<X> & { readonly most: number },
): readonly X[] {
  const { ops, network } = bound
  const shards = ofEachShardWindow(bound, window, given, (shard, own, batch) => {
    const { runs, steps, dh } = answerWindow(shard, own, batch)
    const plan = planSources(network, { steps, lossSteps: window.lossSteps, most })
    const parts = backThroughSources(shard, { inputs: batch.inputs, runs, dh }, plan, (layers) =>
      layers.map(({ flow }) => {
        const norms = joinRows(ops, named(flow, 'h'))
        return ops.reshape(norms, [ops.size(norms, 0) * ops.size(norms, 1)])
      }),
    )
    return network.layers.map((_, layer) =>
      ops.concat(
        parts.map((layers) => layers[layer]!),
        0,
      ),
    )
  })
  return network.layers.map((_, layer) => {
    const norms = shards.map((layers) => ({ h: { rows: layers[layer]! } }))
    return named(joinFlow(ops, norms), 'h')
  })
}

/**
 * Goes back from each source to the steps that it reaches, the newest steps first.
 *
 * @param plan.states whether the layers have the gradients too, or the flow alone
 * @param make makes something of the layers of each reach, whose rows are those of its sources, the newest first; all other tensors are freed
 */
export function backThroughSources<X, Made>(
  bound: BoundNetwork<X>,
  pass: BackwardPass<X>,
  { states = false, ...plan }: SourcePlan & { readonly states?: boolean },
  make: (layers: readonly LayerBack<X>[], reach: Reach) => Made,
): readonly Made[] {
  const { ops, network } = bound
  const shapes = listLayerShapes(network)
  let after: readonly Tensors<X>[] = []
  return listReaches(plan.sources, plan.isBidirectional).map((reach) => {
    const { made, before } = ops.scope(() => {
      const dAfter = shapes.map((own, layer) =>
        mapTensors(own, (shape, name) => addZeroRows(ops, after[layer]?.[name], shape, reach.active)),
      )
      const options = { flow: !states, states, sources: reach.active, dAfter }
      const { layers } = backpropagate(bound, cutPass(ops, pass, plan, reach), options)
      return { made: make(layers, reach), before: layers.map(({ dInitial }) => dInitial) }
    })
    after = before
    return made
  })
}

/** Rows [N,·] of one source after those of others, up to `sources` of them: zeros. */
function addZeroRows<X>(ops: Ops<X>, rows: X | undefined, [N = 0, H = 0]: readonly number[], sources: number): X {
  if (rows === undefined) return ops.zeros([sources * N, H])
  const missing = sources * N - ops.size(rows, 0)
  return missing === 0 ? rows : ops.concat([rows, ops.zeros([missing, H])], 0)
}

/** The steps of a reach, with the gradients of its sources at them, rows of the newest first. */
function cutPass<X>(
  ops: Ops<X>,
  { inputs, runs, dh }: BackwardPass<X>,
  { sources }: SourcePlan,
  reach: Reach,
): BackwardPass<X> {
  const T = sources.at(-1)!.end
  const steps = reach.end - reach.start
  const rows = joinRows(ops, dh!)
  const width = (ops.size(rows, 0) / T) * ops.size(rows, 1)
  const ofSource = ({ start, end }: { readonly start: number; readonly end: number }): X => {
    const [from, to] = [Math.max(start, reach.start), Math.min(end, reach.end)]
    if (from >= to) return ops.zeros([steps, width])
    const own = joinRows(ops, between(ops, dh!, T, { start: from, end: to }))
    const parts = [
      ...(from > reach.start ? [ops.zeros([from - reach.start, width])] : []),
      ops.reshape(own, [to - from, width]),
      ...(to < reach.end ? [ops.zeros([reach.end - to, width])] : []),
    ]
    return parts.length === 1 ? parts[0]! : ops.concat(parts, 0)
  }
  const each = sources.slice(-reach.active).toReversed().map(ofSource)
  const joined = each.length === 1 ? each[0]! : ops.concat(each, 1)
  const columns = ops.size(rows, 1)
  return {
    inputs: leading(ops, inputs, T, reach),
    runs: runs.map((run) => sliceRun(ops, run, reach)),
    dh: { rows: ops.reshape(joined, [(steps * reach.active * width) / columns, columns]) },
  }
}
