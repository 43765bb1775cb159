import { backpropagateScaled } from '../passes/backpropagate_scaled.ts'
import { computeReadout, outputGradients, type ForwardPass, type StepBatch } from '../passes/gradients.ts'
import type { LayerBack } from '../passes/layer_backward.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { readoutBackward } from '../network/readout.ts'
import type { Ops } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'

/**
 * Probe flow: ‖∂L_T/∂s_t‖ of each layer's h at every step, where L_T is the loss of the last step alone; of a bidirectional
 * network answered from where each direction ends. φ(k) of docs/math/notation.md is the k-th from the last step that a layer
 * takes. Nothing is clipped on the way, and nothing leaves the range of float32, as rows are rescaled.
 *
 * @returns Of each layer the tensors that `readProbe` reads.
 */
export function probeFlow<X>(bound: BoundNetwork<X>, batch: StepBatch<X>, pass: ForwardPass<X>): readonly Tensors<X>[] {
  const { ops, network, parameters } = bound
  const { batchSize: N } = network
  const [, targets] = ops.split(batch.targets, [ops.size(batch.targets, 0) - N, N], 0)
  const { dH } = readoutBackward(ops, parameters, computeReadout(bound, pass, { targets, lossSteps: 1 }))
  const dh = outputGradients(ops, network, dH, { steps: pass.steps, answered: 1 })
  const layers = backpropagateScaled(bound, { runs: pass.runs, dh })
  return layers.map((layer) => joinProbed(ops, layer, pass.steps))
}

/** What a pass that rescales rows finds of a layer, over T steps: `norms` and `exponents` [T,N], `rounded` [T,1]. */
export function joinProbed<X>(ops: Ops<X>, { scaled }: LayerBack<X>, T: number): Tensors<X> {
  return mapTensors({ ...scaled! }, (series) => {
    const rows = joinRows(ops, series)
    return ops.reshape(rows, [T, ops.size(rows, 0) / T])
  })
}

/** What is found of the shards of a batch, side by side. */
export function joinProbedShards<X>(ops: Ops<X>, shards: readonly Tensors<X>[]): Tensors<X> {
  const [first = {}, ...others] = shards
  if (others.length === 0) return first
  return mapTensors(first, (_, name) =>
    ops.concat(
      shards.map((shard) => shard[name]!),
      1,
    ),
  )
}
