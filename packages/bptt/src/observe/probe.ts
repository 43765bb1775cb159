import { backpropagate } from '../passes/backpropagate.ts'
import { joinFlow } from './flow.ts'
import { computeReadout, outputGradients, type ForwardPass, type StepBatch } from '../passes/gradients.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { readoutBackward } from '../network/readout.ts'
import type { Tensors } from '../ops/tensors.ts'

/**
 * Probe flow: log₁₀ ‖∂L_T/∂s_t‖ of each layer's states s at every step, [T] each, where L_T is the loss of the last step
 * alone; of a bidirectional network answered from where each direction ends. φ(k) of docs/math/notation.md is the k-th from
 * the last step that a layer takes. Nothing is clipped on the way.
 */
export function probeFlow<X>(bound: BoundNetwork<X>, batch: StepBatch<X>, pass: ForwardPass<X>): readonly Tensors<X>[] {
  const { ops, network, parameters } = bound
  const { batchSize: N } = network
  const [, targets] = ops.split(batch.targets, [ops.size(batch.targets, 0) - N, N], 0)
  const { dH } = readoutBackward(ops, parameters, computeReadout(bound, pass, { targets, lossSteps: 1 }))
  const dh = outputGradients(ops, network, dH, { steps: pass.steps, answered: 1 })
  const { layers } = backpropagate(bound, { inputs: batch.inputs, runs: pass.runs, dh }, { flow: true })
  return layers.map(({ flow }) => joinFlow(ops, [flow]))
}
